// A conversation as it is read: days, the line before what is new, and messages that belong
// together. Knows no DOM and no clock.
import type { Message } from '../../../protocol/types';

export type Entry =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'activity'; readonly key: string; readonly message: Message }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: Message;
      /** First and last of a run of the same author: name above, time below. */
      readonly first: boolean;
      readonly last: boolean;
    };

const togetherMs = 5 * 60_000;

const sameRun = (a: Message | undefined, b: Message | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.kind === b.kind &&
  a.kind !== 'activity' &&
  a.author.kind === b.author.kind &&
  a.author.id === b.author.id &&
  Math.abs(b.at - a.at) < togetherMs;

/** `dayKey` tells days apart where the reader is; `unreadFrom` is the first message they have not seen. */
export function entries(
  messages: readonly Message[],
  dayKey: (at: number) => string,
  unreadFrom: number | undefined,
): Entry[] {
  const found: Entry[] = [];
  let day = '';
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    const after = messages[index + 1];
    const today = dayKey(message.at);
    const newDay = today !== day;
    if (newDay) found.push({ kind: 'day', key: `day-${today}`, at: message.at });
    day = today;
    const newHere = message.seq === unreadFrom;
    if (newHere) found.push({ kind: 'unread', key: 'unread' });
    const key = `seq-${message.seq}`;
    if (message.kind === 'activity') {
      found.push({ kind: 'activity', key, message });
      continue;
    }
    const breaksAfter =
      after !== undefined && (dayKey(after.at) !== today || after.seq === unreadFrom);
    found.push({
      kind: 'message',
      key,
      message,
      first: newDay || newHere || !sameRun(before, message),
      last: breaksAfter || !sameRun(message, after),
    });
  }
  return found;
}

/** The first of the newest `unread` messages of the customer. */
export function firstUnread(messages: readonly Message[], unread: number): number | undefined {
  let left = unread;
  for (let index = messages.length - 1; index >= 0 && left > 0; index--) {
    const message = messages[index];
    if (message?.author.kind !== 'customer' || message.kind !== 'text') continue;
    left -= 1;
    if (left === 0) return message.seq;
  }
  return undefined;
}

/** Where to go from `current` in a list: the neighbour, or the one that takes its place. */
export function neighbour(ids: readonly string[], current: string | undefined, step: 1 | -1) {
  const at = current === undefined ? -1 : ids.indexOf(current);
  if (at < 0) return step === 1 ? ids[0] : ids.at(-1);
  return ids[at + step];
}
