// Why a call that the visitor asked for does not come about.
import { failureWords } from '../call/failures';
import type { CallTexts } from '../call/i18n';
import { el, icon } from './dom';
import { close } from './icons';
import sheet from './refused.css?url';

// A link, as for the other lazy chunks.
document.head.append(el('link', { rel: 'stylesheet', href: sheet }));

export function showRefused(place: HTMLElement, texts: CallTexts, code: string): void {
  place.parentElement?.querySelector('.refused')?.remove();
  const words = el('span', {}, failureWords(texts, code));
  const note = el('div', { class: 'refused', role: 'alert' }, words);
  const label = texts.t('close');
  const props = { type: 'button', 'aria-label': label, title: label };
  note.append(el('button', { ...props, onclick: () => note.remove() }, icon(close)));
  place.before(note);
}
