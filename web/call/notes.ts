// What must be said above the pictures: what is missing, what is asked, what goes wrong.
import { el } from '../ui/dom';
import { failureWords } from './failures';
import type { CallTexts } from './i18n';
import type { Scene } from './scene';
import type { Session } from './session';

export interface Notes {
  readonly node: HTMLElement;
  draw(): void;
}

interface Note {
  readonly key: string;
  readonly text: string;
  readonly alert?: boolean;
  readonly actions?: readonly (readonly [label: string, run: () => void])[];
}

export function createNotes(session: Session, { t, locale }: CallTexts, scene: Scene): Notes {
  const node = el('div', { class: 'call-notes' });
  let said = '';

  function* notes(): Generator<Note> {
    const { call, capture, link, failure, who } = session;
    const { recording, policy } = call;
    if (failure) {
      yield {
        key: failure,
        text: failureWords({ t, locale }, failure),
        alert: true,
        actions: [[t('ok'), session.forgive]],
      };
    }
    if (session.phase === 'inside' && link.state === 'shaky') {
      yield { key: 'shaky', text: t('note.reconnecting') };
    }
    if (who === 'customer' && recording.state === 'waiting_for_consent' && !recording.consent) {
      yield {
        key: 'consent',
        text: policy.consent_text || t('consent.ask'),
        alert: true,
        actions: [
          [t('consent.agree'), () => session.consent(true)],
          [t('consent.refuse'), () => session.consent(false)],
        ],
      };
    } else if (recording.state === 'waiting_for_consent') {
      yield { key: 'waiting', text: t('consent.waiting') };
    } else if (who === 'customer' && recording.state === 'on' && policy.consent === 'notice') {
      yield { key: 'notice', text: policy.consent_text || t('consent.notice') };
    }
    if (who !== 'customer' && recording.consent === 'refused') {
      yield { key: 'refused', text: t('consent.refused') };
    }
    if (capture.problem) {
      const retry = () =>
        capture.open({ audio: !capture.mic, video: call.media === 'video' && !capture.camera });
      yield {
        key: capture.problem,
        text: t(`device.${capture.problem}`),
        alert: true,
        actions: capture.problem === 'insecure' ? [] : [[t('retry'), retry]],
      };
    }
    if (scene.silenced) {
      yield {
        key: 'silenced',
        text: t('note.silenced'),
        actions: [[t('note.hear'), scene.hearAll]],
      };
    }
  }

  return {
    node,
    draw() {
      const all = [...notes()];
      // Drawn anew, a button would lose the focus and a reader would say it again.
      const now = all.map(({ key, text }) => key + text).join('\n');
      if (now === said) return;
      said = now;
      node.replaceChildren(
        ...all.map(({ key, text, alert, actions }) =>
          el(
            'div',
            { class: 'call-note', role: alert ? 'alert' : 'status', 'data-note': key },
            el('p', {}, text),
            ...(actions ?? []).map(([label, run]) =>
              el('button', { type: 'button', class: 'call-button', onclick: run }, label),
            ),
          ),
        ),
      );
    },
  };
}
