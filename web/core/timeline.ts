// Messages in order, however they arrive: pages of history, events, receipts, twice or late.
import type { MessageCore } from '../protocol/types';

/** Some messages of a conversation are missing between two that we hold (both exclusive). */
export interface Gap {
  readonly conversation: string;
  readonly after: number;
  readonly before: number;
  /** Of the message that ends the gap, for `GET /visitor/messages?before=`. */
  readonly beforeOrder: number;
}

export interface Timeline<M extends MessageCore> {
  /** By `order`. A new array after each change. */
  readonly items: readonly M[];
  /** Returns what was new. */
  merge(messages: readonly M[]): M[];
  find(conversation: string, seq: number): M | undefined;
  /** Ask again for what is still missing, after a fetch failed. */
  gaps(): Gap[];
  clear(): void;
}

/** `onGap` hears of each gap once; fetch the range and `merge` it. */
export function createTimeline<M extends MessageCore>(onGap?: (gap: Gap) => void): Timeline<M> {
  const byKey = new Map<string, M>();
  const told = new Set<string>();
  let items: readonly M[] = [];
  const key = (conversation: string, seq: number): string => `${conversation}/${seq}`;

  function gaps(): Gap[] {
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

  function merge(messages: readonly M[]): M[] {
    const fresh = messages.filter((message) => {
      const id = key(message.conversation, message.seq);
      // A message never changes: the first copy is as good as any.
      if (byKey.has(id)) return false;
      byKey.set(id, message);
      return true;
    });
    if (!fresh.length) return fresh;
    items = [...byKey.values()].sort((a, b) => a.order - b.order);
    if (onGap) {
      for (const gap of gaps()) {
        const id = `${gap.conversation}/${gap.after}-${gap.before}`;
        if (told.has(id)) continue;
        told.add(id);
        onGap(gap);
      }
    }
    return fresh;
  }

  return {
    get items() {
      return items;
    },
    merge,
    find: (conversation, seq) => byKey.get(key(conversation, seq)),
    gaps,
    clear() {
      byKey.clear();
      told.clear();
      items = [];
    },
  };
}

/** What waits to be sent and has not come back as a message yet: shown below the others. */
export function unconfirmed<I extends { readonly id: string }>(
  queue: readonly I[],
  messages: readonly MessageCore[],
): I[] {
  if (!queue.length) return [];
  const arrived = new Set(messages.map((message) => message.client_id));
  return queue.filter((item) => !arrived.has(item.id));
}
