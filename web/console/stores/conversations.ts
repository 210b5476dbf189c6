// Every conversation we hold, each in its newest state: of two states the higher position counts.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Conversation, ConversationEvent, Message } from '../../protocol/types';

export interface Conversations {
  readonly all: ReadonlySignal<ReadonlyMap<string, Conversation>>;
  /** What a request answered. */
  put(items: readonly Conversation[]): void;
  /** After a reset: nothing else is known any more. */
  replace(items: readonly Conversation[]): void;
  fetch(id: string): Promise<Conversation>;
  updated(event: ConversationEvent): void;
  /** Its time was over. */
  deleted(id: string): void;
  posted(message: Message): void;
  /** Its author changed it. */
  revised(message: Message): void;
  read(id: string, seq: number): void;
  setOnline(customer: string, online: boolean): void;
  renamed(customer: { id: string; name: string | null; email: string | null }): void;
}

/** `me`: what I say I have read, wherever I said it. */
export function createConversations(api: Api, me: string): Conversations {
  const all = signal<ReadonlyMap<string, Conversation>>(new Map());
  const fetching = new Map<string, Promise<Conversation>>();
  // Up to which message `unread` counts: an event of the conversation may know a message before
  // the message's own event comes.
  const counted = new Map<string, number>();

  function put(items: readonly Conversation[]): void {
    const next = new Map(all.peek());
    for (const item of items) {
      const held = next.get(item.id);
      if (held && isOlder(item, held)) continue;
      next.set(item.id, item);
      counted.set(item.id, item.last_seq);
    }
    all.value = next;
  }

  function patch(id: string, change: (held: Conversation) => Partial<Conversation>): void {
    const held = all.peek().get(id);
    if (held) all.value = new Map(all.peek()).set(id, { ...held, ...change(held) });
  }

  function patchCustomer(id: string, change: Partial<Conversation['customer']>): void {
    const next = new Map(all.peek());
    for (const held of next.values()) {
      if (held.customer.id === id) {
        next.set(held.id, { ...held, customer: { ...held.customer, ...change } });
      }
    }
    all.value = next;
  }

  function fetch(id: string): Promise<Conversation> {
    const running = fetching.get(id);
    if (running) return running;
    const request = api
      .get<Conversation>(`/conversations/${id}`)
      .then((conversation) => {
        put([conversation]);
        return conversation;
      })
      .finally(() => fetching.delete(id));
    fetching.set(id, request);
    return request;
  }

  // What an event tells of, but not whole: the list can do without it until the answer is here.
  const fetchQuietly = (id: string): void => void fetch(id).catch(() => undefined);

  return {
    all,
    put,
    replace(items) {
      all.value = new Map(items.map((item) => [item.id, item]));
      counted.clear();
      for (const item of items) counted.set(item.id, item.last_seq);
    },
    fetch,
    updated(event) {
      const held = all.peek().get(event.id);
      if (!held) fetchQuietly(event.id);
      else if (event.position >= held.position) {
        const customer = { ...event.customer, online: held.customer.online };
        patch(event.id, () => ({ ...event, customer }));
      }
    },
    deleted(id) {
      const next = new Map(all.peek());
      if (next.delete(id)) all.value = next;
      counted.delete(id);
    },
    posted(message) {
      const held = all.peek().get(message.conversation);
      if (!held) {
        fetchQuietly(message.conversation);
        return;
      }
      const news = message.seq > (counted.get(held.id) ?? held.last_seq);
      if (!news) return;
      counted.set(held.id, message.seq);
      patch(held.id, () => afterMessage(held, message, me));
    },
    revised(message) {
      const last = all.peek().get(message.conversation)?.last_message;
      if (last?.seq !== message.seq || last.revision > message.revision) return;
      patch(message.conversation, () => ({ last_message: message }));
    },
    read(id, seq) {
      const held = all.peek().get(id);
      if (!held) return;
      // Less than all: marked unread, or read elsewhere while more came. The server counts.
      if (seq < held.last_seq) fetchQuietly(id);
      else if (held.unread > 0) patch(id, () => ({ unread: 0 }));
    },
    setOnline: (customer, online) => patchCustomer(customer, { online }),
    renamed: ({ id, name, email }) => patchCustomer(id, { name, email }),
  };
}

/** A conversation's position does not grow with its messages; its `last_seq` does. */
const isOlder = (item: Conversation, held: Conversation): boolean =>
  item.position < held.position ||
  (item.position === held.position && item.last_seq < held.last_seq);

function afterMessage(held: Conversation, message: Message, me: string): Partial<Conversation> {
  const fromCustomer = message.author.kind === 'customer' && message.kind === 'text';
  const answer = message.author.kind === 'agent' && message.kind === 'text';
  const mine = message.author.kind === 'agent' && message.author.id === me;
  const activity = message.kind === 'activity';
  const waiting = fromCustomer ? (held.waiting_since_at ?? message.at) : held.waiting_since_at;
  const seen = (mark: number): number => Math.max(mark, message.seq);
  return {
    last_seq: Math.max(message.seq, held.last_seq),
    updated_at: Math.max(message.at, held.updated_at),
    waiting_since_at: answer ? null : waiting,
    ...(!activity && message.seq >= (held.last_message?.seq ?? 0) && { last_message: message }),
    ...(fromCustomer && { unread: held.unread + 1 }),
    ...(mine && !activity && { unread: 0 }),
    ...(answer && {
      marks: {
        ...held.marks,
        agent_delivered: seen(held.marks.agent_delivered),
        agent_read: seen(held.marks.agent_read),
      },
    }),
  };
}
