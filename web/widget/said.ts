// What a message answers, and that it was edited or taken back. Loaded with the first of them.
import type { VisitorMessage, VisitorQuote } from '../protocol/types';
import type { Client } from './client';
import { el } from './dom';
import type { Texts } from './i18n';
import { rareTexts } from './rare';
import sheet from './said.css?url';

document.head.append(el('link', { rel: 'stylesheet', href: sheet }));

/** Quotes that are shown, by what they quote: it may be changed after them. */
const shown = new Map<string, Set<HTMLElement>>();

export function showSaid(
  body: HTMLElement,
  said: VisitorMessage,
  client: Client,
  { t, locale }: Texts,
): void {
  const rare = rareTexts(locale);
  const place = (seq: number): string => `${said.conversation}/${seq}`;
  const words = (of: Pick<VisitorQuote, 'text' | 'file' | 'recalled'>): string =>
    of.recalled ? rare('recalled') : of.text || of.file || '';

  const { quote } = said;
  if (quote && !said.recalled_at) {
    const now = client.state.messages.find(
      ({ conversation, seq }) => conversation === said.conversation && seq === quote.seq,
    );
    const name = quote.author === 'customer' ? t('you') : (now?.author.name ?? t('agent'));
    const text = el(
      'span',
      { class: 'quote-text', dir: 'auto' },
      words(now ? asQuote(now) : quote),
    );
    // Before the words, after whose they are.
    body.firstElementChild?.after(
      el('blockquote', { class: 'quote' }, el('span', { class: 'quote-name' }, name), text),
    );
    const key = place(quote.seq);
    shown.set(key, (shown.get(key) ?? new Set()).add(text));
  }
  if (!said.revision) return;
  for (const text of shown.get(place(said.seq)) ?? []) text.textContent = words(asQuote(said));
  if (said.recalled_at) {
    body.className = 'bubble recalled';
    body.append(el('em', {}, rare('recalled')));
  } else body.append(el('small', { class: 'edited' }, rare('edited')));
}

const asQuote = ({ text, attachments, recalled_at }: VisitorMessage) => ({
  text,
  file: attachments[0]?.name ?? null,
  recalled: recalled_at !== null,
});
