// Messages, and a watch for those that are missing between two that we hold.
import type { MessageCore } from '../protocol/types';
import { createMessages, type Messages } from './messages';

export { unconfirmed } from './messages';

/** Some messages of a conversation are missing between two that we hold (both exclusive). */
export interface Gap {
  readonly conversation: string;
  readonly after: number;
  readonly before: number;
  /** Of the message that ends the gap, for `GET /visitor/messages?before=`. */
  readonly beforeOrder: number;
}

export function findGaps(items: readonly MessageCore[]): Gap[] {
  const last = new Map<string, number>();
  const found: Gap[] = [];
  for (const { conversation, seq, order } of items) {
    const after = last.get(conversation);
    if (after !== undefined && seq > after + 1) {
      found.push({ conversation, after, before: seq, beforeOrder: order });
    }
    last.set(conversation, seq);
  }
  return found;
}

export interface Timeline<M extends MessageCore> extends Messages<M> {
  /** Ask again for what is still missing, after a fetch failed. */
  gaps(): Gap[];
}

/** `onGap` hears of each gap once; fetch the range and `merge` it. */
export function createTimeline<M extends MessageCore>(onGap?: (gap: Gap) => void): Timeline<M> {
  const messages = createMessages<M>();
  const told = new Set<string>();
  return {
    get items() {
      return messages.items;
    },
    merge(more) {
      const fresh = messages.merge(more);
      if (onGap && fresh.length) {
        for (const gap of findGaps(messages.items)) {
          const id = `${gap.conversation}/${gap.after}-${gap.before}`;
          if (!told.has(id)) onGap(gap);
          told.add(id);
        }
      }
      return fresh;
    },
    find: messages.find,
    gaps: () => findGaps(messages.items),
    clear() {
      told.clear();
      messages.clear();
    },
  };
}
