// What customers thought of the conversations that were looked at.
import { signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Rating } from '../../protocol/types';

export interface Ratings {
  /** Oldest first; empty until they are loaded. */
  of(conversation: string): readonly Rating[];
  load(conversation: string): Promise<void>;
  put(rating: Rating): void;
}

export function createRatings(api: Api): Ratings {
  const byConversation = signal<ReadonlyMap<string, readonly Rating[]>>(new Map());
  const keep = (conversation: string, ratings: readonly Rating[]): void => {
    byConversation.value = new Map(byConversation.peek()).set(conversation, ratings);
  };
  return {
    of: (conversation) => byConversation.value.get(conversation) ?? [],
    async load(conversation) {
      const { items } = await api.get<{ items: Rating[] }>(
        `/conversations/${conversation}/ratings`,
      );
      keep(conversation, items);
    },
    put(rating) {
      const held = byConversation.peek().get(rating.conversation);
      // Nobody looks at it: whoever does loads it.
      if (!held) return;
      const others = held.filter(({ id }) => id !== rating.id);
      keep(
        rating.conversation,
        [...others, rating].sort((a, b) => a.at - b.at),
      );
    },
  };
}
