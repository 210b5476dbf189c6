// The whole chat on the page: head, banner, list, composer. Draws the client's state.
import { isoDay } from '../core/days';
import { avatar, rowMaker } from './bubble';
import type { Client } from './client';
import { createComposer } from './composer';
import { el, icon, list, set } from './dom';
import type { Texts } from './i18n';
import { icons } from './icons';
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
  const { t, locale } = i18n;
  const { state, memory } = client;

  const face = el('div', { class: 'face' });
  const title = el('h1', {}, t('title'));
  const sub = el('p', { class: 'sub' });
  const bell = el(
    'button',
    { type: 'button', 'aria-label': t('sound'), title: t('sound') },
    icon(icons.bell),
  );
  bell.onclick = () => {
    memory.keep({ sound: !memory.sound });
    draw();
  };
  const close =
    onClose &&
    el(
      'button',
      { type: 'button', 'aria-label': t('close'), title: t('close'), onclick: onClose },
      icon(icons.down),
    );
  const head = el(
    'header',
    { class: 'head' },
    face,
    el('div', { class: 'who' }, title, sub),
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
    'aria-live': 'polite',
  });
  const typing = el('p', { class: 'typing', hidden: true });
  const scroll = el(
    'div',
    { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': t('messages') },
    earlier,
    hello,
    log,
    typing,
  );
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
  const day = isoDay();
  let stick = true;
  let heightBefore = 0;
  let face_ = '';

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
    if (stick) pill.hidden = true;
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

  function drawHead(): void {
    const { channel, conversation, messages } = state;
    const organisation = channel?.organisation ?? '';
    const name = channel?.settings.title || channel?.name || organisation || t('title');
    const last = messages.filter((message) => message.author.kind === 'agent').pop()?.author;
    const agent = conversation?.assignee ?? last;
    title.textContent = document.title = name;
    const below = agent?.name ?? organisation;
    sub.textContent = below === name ? '' : below;
    const key = `${agent?.name ?? name} ${agent?.avatar_url}`;
    if (key !== face_) face.replaceChildren(avatar(agent?.name ?? name, agent?.avatar_url ?? null));
    face_ = key;
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
    // A short blink of the line is not worth a word; the style waits a second.
    banner.textContent = broken ? words : '';
    banner.dataset.state = state.line;

    const list = rows(state, day);
    const grew = list.length > 0;
    const first = log.firstElementChild;
    heightBefore = scroll.scrollHeight;
    // Screen readers need not hear the past.
    set(log, { 'aria-busy': state.loading });
    const greeting = state.channel?.settings.greeting ?? '';
    if (!state.more && hello.textContent !== greeting) hello.textContent = greeting;
    hello.hidden = state.more || !greeting;
    hello.classList.toggle('alone', !grew);
    earlier.hidden = !state.more;
    update(list);
    set(typing, { hidden: !state.typing });
    if (state.typing) {
      const text = t('typing', { name: state.typing.name });
      if (typing.title !== text) {
        typing.title = text;
        typing.replaceChildren(
          avatar(state.typing.name, state.typing.avatar_url),
          el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')),
          el('span', { class: 'visually-hidden' }, text),
        );
      }
    } else typing.title = '';
    if (stick) toBottom();
    // History was put in above: what the visitor reads stays where it is.
    else if (first && first !== log.firstElementChild) {
      scroll.scrollTop += scroll.scrollHeight - heightBefore;
    }
    pill.hidden = stick || !state.unread;
    pill.textContent = t('pill', { count: state.unread });
    document.documentElement.lang = locale;
  }

  return { draw, focus: composer.focus };
}
