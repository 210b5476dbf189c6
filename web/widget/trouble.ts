// What is shown only when something went wrong, in a chunk of its own.
import type { Client } from './client';
import { el } from './dom';
import './extra';
import type { Texts } from './i18n';
import { rareTexts } from './rare';
import type { Bubble } from './rows';

/** Why a message was not sent, and what can be done about it. */
export function showFailure(
  place: HTMLElement,
  { code = '', item = '' }: Bubble,
  client: Client,
  { locale }: Texts,
): void {
  const t = rareTexts(locale);
  const words = t(code as 'error');
  const action = (label: string, run: () => unknown): HTMLElement =>
    el('button', { type: 'button', onclick: run }, label);
  place.replaceChildren(
    // An error of a newer server has no words of ours.
    words === code ? t('error') : words,
    ' ',
    action(t('retry'), () => client.retry(item)),
    action(t('delete'), () => client.remove(item)),
  );
}

export function showMissing(
  root: HTMLElement,
  i18n: Texts,
  onClose: (() => void) | undefined,
): void {
  const t = rareTexts(i18n.locale);
  root.replaceChildren(
    el(
      'main',
      { class: 'missing' },
      el('h1', {}, t('missing')),
      el('p', {}, t('missingHelp')),
      onClose && el('button', { type: 'button', onclick: onClose }, i18n.t('close')),
    ),
  );
}
