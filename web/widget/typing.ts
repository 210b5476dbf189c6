// Somebody is writing an answer. Loaded when an agent does so for the first time.
import { avatar } from './bubble';
import type { ClientState } from './client';
import { el } from './dom';
import './extra';
import type { Texts } from './i18n';

export function showTyping(place: HTMLElement, { typing }: ClientState, { t }: Texts): void {
  // It may be over by now.
  if (!typing) return;
  const { name, avatar_url } = typing;
  // An avatar drawn again would flicker.
  if (place.firstChild && place.dataset.name === name) return;
  place.dataset.name = name;
  place.replaceChildren(
    avatar(name, avatar_url),
    el('span', { class: 'visually-hidden' }, t('typing', { name })),
    el('span', { class: 'dots' }, el('i'), el('i'), el('i')),
  );
}
