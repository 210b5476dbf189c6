// A message as another one shows it, made of what we hold.
import type { Message, Quote } from '../../protocol/types';

const charactersMax = 240;

/** `undefined` seq, or one that we do not hold: nothing. */
export function quoteOf(
  messages: readonly Message[],
  seq: number | null | undefined,
): Quote | null {
  const message = messages.find((one) => one.seq === seq);
  if (!message || message.kind === 'activity') return null;
  return {
    seq: message.seq,
    kind: message.kind,
    author: message.author,
    text: [...message.text].slice(0, charactersMax).join(''),
    file: message.text.trim() ? null : (message.attachments[0]?.name ?? null),
    recalled: message.recalled_at !== null,
  };
}

/** Words for the customer answer only what the customer sees. */
export const mayQuote = (message: Message, kind: 'text' | 'note'): boolean =>
  message.recalled_at === null &&
  (message.kind === 'text' || (kind === 'note' && message.kind === 'note'));
