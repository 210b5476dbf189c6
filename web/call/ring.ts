// It rings here: who, how, and what to do.
import { el, icon } from '../ui/dom';
import { failureWords } from './failures';
import type { CallTexts } from './i18n';
import * as icons from './icons';
import type { Session } from './session';
import { ring } from './sound';
import { partner } from './view';

export interface RingCard {
  readonly node: HTMLElement;
  draw(): void;
  stop(): void;
}

interface RingOptions {
  readonly session: Session;
  readonly texts: CallTexts;
  /** Below the name: the channel, or the organisation. */
  readonly from: string;
  readonly name: string;
  readonly sound: boolean;
  /** Consent by notice is shown before one answers. */
  readonly notice: string;
}

export function createRing({ session, texts, from, name, sound, notice }: RingOptions): RingCard {
  const { t } = texts;
  const video = session.call.media === 'video';
  const face = el(
    'span',
    { class: 'call-face', 'aria-hidden': 'true' },
    [...name][0]?.toUpperCase(),
  );
  const who = partner(session.call, session.who);
  if (who?.avatar_url) face.replaceChildren(el('img', { src: who.avatar_url, alt: '' }));
  const problem = el('p', { class: 'call-problem', role: 'alert' });
  const choose = (label: string, sign: string, kind: string, run: () => void): HTMLButtonElement =>
    el(
      'button',
      { type: 'button', class: `call-button ${kind}`, onclick: run },
      icon(sign),
      el('span', {}, label),
    );
  const decline = choose(t('ring.decline'), icons.phone, 'no', () => session.decline());
  const voice = choose(t(video ? 'ring.voice' : 'ring.answer'), icons.phone, 'yes', () =>
    session.accept(false),
  );
  const camera = video && choose(t('ring.video'), icons.video, 'yes', () => session.accept(true));
  const node = el(
    'div',
    { class: 'call-ring', role: 'dialog', 'aria-label': t('ring.title', { name }) },
    face,
    el(
      'div',
      { class: 'call-who' },
      el('h2', {}, name),
      el('p', {}, t(video ? 'ring.isVideo' : 'ring.isVoice')),
      el('p', { class: 'call-from' }, from),
    ),
    notice && el('p', { class: 'call-notice' }, notice),
    problem,
    el('div', { class: 'call-choice' }, decline, voice, camera),
  );
  const hush = sound ? ring(true) : () => {};
  // Who is writing goes on writing: their next Enter must not answer.
  const writes = document.activeElement?.matches('input, textarea, select, [contenteditable]');
  if (!writes) queueMicrotask(() => (camera || voice).focus());

  return {
    node,
    draw() {
      for (const button of [decline, voice, camera]) if (button) button.disabled = session.busy;
      problem.textContent = session.failure ? failureWords(texts, session.failure) : '';
    },
    stop() {
      hush();
      node.remove();
    },
  };
}
