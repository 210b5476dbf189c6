// A picture over everything, until Esc or a click.
import { el, icon } from './dom';
import type { Texts } from './i18n';
import * as icons from './icons';

export function openLightbox(src: string, name: string, t: Texts['t']): void {
  const before = document.activeElement as HTMLElement | null;
  const props = { type: 'button', class: 'lightbox-close', 'aria-label': t('close') };
  const close = el('button', props, icon(icons.close));
  const save = el('a', { href: src, download: name }, name);
  const image = el('img', { src, alt: name });
  const box = el(
    'div',
    { class: 'lightbox', role: 'dialog', 'aria-modal': 'true', 'aria-label': name },
    image,
    el('div', { class: 'lightbox-bar' }, save, close),
  );
  const end = (): void => {
    box.remove();
    before?.focus();
  };
  close.onclick = image.onclick = end;
  box.onkeydown = (event) => {
    if (event.key === 'Escape') {
      // Not for the chat, which would close.
      event.stopPropagation();
      end();
    } else if (event.key === 'Tab') {
      event.preventDefault();
      (document.activeElement === close ? save : close).focus();
    }
  };
  document.body.append(box);
  close.focus();
}
