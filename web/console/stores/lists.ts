// The inbox's lists. A list is not stored: it is what we hold, filtered and sorted, down to where
// the pages loaded so far end. So an event needs to change a conversation in one place only.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Conversation, Page } from '../../protocol/types';
import type { Conversations } from './conversations';

export const views = ['unassigned', 'mine', 'all', 'resolved'] as const;
export type View = (typeof views)[number];

/** `empty`: nobody has asked yet. */
export type ListState = 'empty' | 'loading' | 'ready' | 'failed';

export interface List {
  readonly items: ReadonlySignal<readonly Conversation[]>;
  readonly state: ReadonlySignal<ListState>;
  readonly more: ReadonlySignal<boolean>;
  /** The next page; the first one if there is none yet. */
  load(): Promise<void>;
  /** Starts over with the first page and answers it. */
  reload(): Promise<readonly Conversation[]>;
}

export interface Lists {
  of(view: View, channel: string | undefined): List;
  /** All that were opened. */
  reload(): Promise<Conversation[]>;
}

export function belongs(held: Conversation, view: View, me: string): boolean {
  if (view === 'resolved') return held.status === 'resolved';
  if (held.status !== 'open') return false;
  if (view === 'unassigned') return held.assignee === null;
  return view === 'all' || held.assignee === me;
}

export function createLists(api: Api, conversations: Conversations, me: string): Lists {
  const lists = new Map<string, List>();

  function create(view: View, channel: string | undefined): List {
    const state = signal<ListState>('empty');
    const next = signal<string | null | undefined>(undefined);
    /** Older ones may exist that we do not hold, so what we hold of them would have holes. */
    const floor = signal(Number.POSITIVE_INFINITY);
    let running: Promise<readonly Conversation[]> | undefined;

    const items = computed(() =>
      [...conversations.all.value.values()]
        .filter((held) => belongs(held, view, me) && (!channel || held.channel === channel))
        .filter((held) => held.updated_at >= floor.value)
        .sort((a, b) => b.updated_at - a.updated_at || b.position - a.position),
    );

    async function fetchPage(after: string | null): Promise<readonly Conversation[]> {
      state.value = 'loading';
      try {
        const page = await api.get<Page<Conversation>>('/conversations', { view, channel, after });
        conversations.put(page.items);
        next.value = page.next;
        const oldest = page.items.at(-1)?.updated_at ?? 0;
        floor.value = page.next === null ? 0 : oldest;
        state.value = 'ready';
        return page.items;
      } catch (error) {
        state.value = 'failed';
        throw error;
      }
    }

    function run(after: string | null): Promise<readonly Conversation[]> {
      running ??= fetchPage(after).finally(() => {
        running = undefined;
      });
      return running;
    }

    return {
      items,
      state,
      more: computed(() => next.value !== null),
      async load() {
        if (next.peek() === null) return;
        await run(next.peek() ?? null).catch(() => undefined);
      },
      async reload() {
        // One that is under way may have been answered before the events we will hear begin.
        await running?.catch(() => undefined);
        return run(null);
      },
    };
  }

  return {
    of(view, channel) {
      const key = `${view}/${channel ?? ''}`;
      const list = lists.get(key) ?? create(view, channel);
      lists.set(key, list);
      return list;
    },
    async reload() {
      return (await Promise.all([...lists.values()].map((list) => list.reload()))).flat();
    },
  };
}
