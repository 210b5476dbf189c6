// The whole chat on the page: head, banner, list, composer. Draws the client's state.
import { avatar, rowMaker } from './bubble';
import type { Client } from './client';
import { createComposer } from './composer';
import { control, el, list, set } from './dom';
import type { Texts } from './i18n';
import * as icons from './icons';
import { rows } from './rows';

export interface Chat {
  draw(): void;
  focus(): void;
}

const nearPx = 80;

export function createChat(
  root: HTMLElement,
  client: Client,
  i18n: Texts,
  onClose: (() => void) | undefined,
): Chat {
  const { t } = i18n;
  const { state, memory } = client;

  const face = el('div', { class: 'face' });
  const title = el('h1', {}, t('title'));
  const sub = el('p', { class: 'sub' });
  const bell = control(t('sound'), icons.bell, {
    onclick() {
      memory.keep({ sound: bell.getAttribute('aria-pressed') !== 'true' });
      draw();
    },
  });
  const save = control(t('save'), icons.save, {
    onclick: () =>
      import('./transcript').then((room) =>
        room.saveTranscript(client, i18n).catch(() => {
          banner.textContent = room.transcriptFailed(i18n);
        }),
      ),
  });
  const close = onClose && control(t('close'), icons.down, { onclick: onClose });
  const head = el(
    'header',
    { class: 'head' },
    face,
    el('div', { class: 'who' }, title, sub),
    save,
    bell,
    close,
  );

  const banner = el('p', { class: 'banner', role: 'status' });
  const earlier = el('button', { type: 'button', class: 'earlier' }, t('earlier'));
  const hello = el('div', { class: 'hello' });
  const log = el('div', {
    class: 'log',
    role: 'log',
    'aria-label': t('messages'),
  });
  const typing = el('div', { class: 'typing' });
  const scroll = el('div', { class: 'scroll', tabIndex: 0 }, earlier, hello, log, typing);
  const pill = el('button', { type: 'button', class: 'pill', hidden: true });
  const composer = createComposer(client, i18n, () => toBottom(true));
  root.replaceChildren(
    el(
      'main',
      { class: 'chat' },
      head,
      banner,
      el('div', { class: 'middle' }, scroll, pill),
      composer.node,
    ),
  );

  const update = list(log, rowMaker(client, i18n));
  const day = (at: number): string => new Date(at).toDateString();
  let stick = true;
  let oldest = 0;
  /** The newest message when the end was last in sight. */
  let newest = 0;

  const toBottom = (smooth = false): void => {
    stick = true;
    const calm = smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches;
    scroll.scrollTo({ top: scroll.scrollHeight, behavior: calm ? 'smooth' : 'auto' });
  };
  const loadEarlier = (): void => {
    client.loadEarlier().catch(() => {});
  };
  scroll.onscroll = () => {
    stick = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < nearPx;
    if (stick) draw();
    if (scroll.scrollTop < nearPx && state.more && !state.loading) loadEarlier();
  };
  earlier.onclick = loadEarlier;
  pill.onclick = () => {
    toBottom(true);
    composer.focus();
  };
  // The keyboard of a phone, a picture that arrives, a banner: the end stays in sight.
  const keep = new ResizeObserver(() => {
    if (stick) toBottom();
  });
  for (const part of [scroll, log]) keep.observe(part);

  /** Not again for the same person: a picture would flicker. */
  function portray(place: HTMLElement, name: string, url: string | null | undefined): void {
    const key = name + url;
    if (place.dataset.key === key) return;
    place.dataset.key = key;
    place.replaceChildren(avatar(name, url));
  }

  function drawHead(): void {
    const { channel, conversation, messages } = state;
    const organisation = channel?.organisation ?? '';
    const name = channel?.settings.title || channel?.name || organisation || t('title');
    const last = messages.filter((message) => message.author.kind === 'agent').pop()?.author;
    const agent = conversation?.assignee ?? last;
    title.textContent = document.title = name;
    const below = agent?.name ?? organisation;
    sub.textContent = below === name ? '' : below;
    portray(face, agent?.name ?? name, agent?.avatar_url);
    set(bell, { 'aria-pressed': !!(memory.sound ?? channel?.settings.sound) });
  }

  function draw(): void {
    if (state.phase === 'missing') {
      import('./trouble').then(({ showMissing }) => showMissing(root, i18n, onClose));
      return;
    }
    drawHead();
    const broken =
      state.line === 'offline' || (state.line === 'connecting' && state.phase === 'ready');
    const words = state.line === 'offline' ? t('offline') : t('connecting');
    banner.textContent = broken ? words : '';

    const shown = rows(state, day);
    const { messages } = state;
    const heightBefore = scroll.scrollHeight;
    // Screen readers need not hear the past.
    set(log, { 'aria-busy': state.loading });
    const alone = !shown.length && !state.loading;
    const greeting = state.reception?.greeting || (alone ? t('empty') : '');
    save.hidden = !messages.length;
    hello.textContent = greeting;
    hello.hidden = state.more || !greeting;
    hello.classList.toggle('alone', alone);
    earlier.hidden = !state.more;
    update(shown);
    if (state.typing) import('./typing').then(({ showTyping }) => showTyping(typing, state, i18n));
    else typing.textContent = '';
    if (stick) toBottom();
    // History was put in above: what the visitor reads stays where it is.
    else if (messages[0]?.order !== oldest) scroll.scrollTop += scroll.scrollHeight - heightBefore;
    oldest = messages[0]?.order ?? 0;
    if (stick) newest = messages[messages.length - 1]?.order ?? 0;
    const below = messages.filter(({ order, author }) => order > newest && author.kind === 'agent');
    pill.hidden = !below.length;
    pill.textContent = t('pill', { count: below.length });
  }

  return { draw, focus: composer.focus };
}
