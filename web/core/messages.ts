// Messages in order, however they arrive: pages of history, events, receipts, twice or late.
import type { MessageCore } from '../protocol/types';

export interface Messages<M extends MessageCore> {
  /** By `order`. A new array after each change. */
  readonly items: readonly M[];
  /** Returns what was new, or says something else now. */
  merge(messages: readonly M[]): M[];
  find(conversation: string, seq: number): M | undefined;
  clear(): void;
}

export function createMessages<M extends MessageCore>(): Messages<M> {
  const byKey = new Map<string, M>();
  let items: readonly M[] = [];
  const key = (conversation: string, seq: number): string => `${conversation}/${seq}`;

  return {
    get items() {
      return items;
    },
    merge(messages) {
      const fresh = messages.filter((message) => {
        const id = key(message.conversation, message.seq);
        // Only its author changes a message: of two copies the one changed more often.
        const held = byKey.get(id);
        return (!held || held.revision < message.revision) && byKey.set(id, message);
      });
      if (fresh.length) items = [...byKey.values()].sort((a, b) => a.order - b.order);
      return fresh;
    },
    find: (conversation, seq) => byKey.get(key(conversation, seq)),
    clear() {
      byKey.clear();
      items = [];
    },
  };
}

/** What waits to be sent and has not come back as a message yet: shown below the others. */
export function unconfirmed<I extends { readonly id: string }>(
  queue: readonly I[],
  messages: readonly MessageCore[],
): I[] {
  const arrived = new Set(messages.map((message) => message.client_id));
  return queue.filter((item) => !arrived.has(item.id));
}
