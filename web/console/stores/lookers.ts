// Who else has a conversation before them. Nothing of it is stored anywhere.
import { type ReadonlySignal, signal } from '@preact/signals';

export interface Lookers {
  readonly all: ReadonlySignal<ReadonlyMap<string, readonly string[]>>;
  heard(conversation: string, users: readonly string[]): void;
  /** I have this one before me now, or none. */
  look(conversation: string | undefined): void;
  /** The line is up: the server does not know where I look. */
  again(): void;
}

export function createLookers(me: string, say: (conversation: string | null) => void): Lookers {
  const all = signal<ReadonlyMap<string, readonly string[]>>(new Map());
  let at: string | undefined;
  return {
    all,
    heard(conversation, users) {
      const others = users.filter((user) => user !== me);
      const next = new Map(all.peek());
      if (others.length) next.set(conversation, others);
      else next.delete(conversation);
      all.value = next;
    },
    look(conversation) {
      if (at === conversation) return;
      at = conversation;
      say(conversation ?? null);
    },
    again() {
      all.value = new Map();
      if (at) say(at);
    },
  };
}
