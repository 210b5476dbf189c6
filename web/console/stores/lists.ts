// The inbox's lists. A list is not stored: it is what we hold, filtered and sorted, down to where
// the pages loaded so far end. So an event needs to change a conversation in one place only.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Conversation, Page } from '../../protocol/types';
import type { Conversations } from './conversations';
import { type Filter, filterQuery, filterText, matches, orders } from './filter';

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
  of(filter: Filter): List;
  /** All that were opened. */
  reload(): Promise<Conversation[]>;
}

/** What was looked at before is loaded again when it is opened again, not kept for ever. */
const keptMax = 12;
const pageSize = 100;

/** `now`: a signal inside, for who waits longer than … */
export function createLists(
  api: Api,
  conversations: Conversations,
  me: string,
  now: () => number = () => 0,
): Lists {
  const lists = new Map<string, List>();

  function create(filter: Filter): List {
    const state = signal<ListState>('empty');
    const next = signal<string | null | undefined>(undefined);
    /** Others may follow that we do not hold, so what we hold of them would have holes. */
    const end = signal<Conversation | undefined>(undefined);
    /** By what their pages said: the server tells whose it is. */
    const customers = signal<ReadonlySet<string>>(new Set());
    const order = orders[filter.sort];
    let running: Promise<readonly Conversation[]> | undefined;

    const items = computed(() => {
      const at = filter.waitingS ? now() : 0;
      const last = end.value;
      const known = customers.value;
      const found: Conversation[] = [];
      if (next.value === undefined) return found;
      for (const held of conversations.all.value.values()) {
        if (!matches(filter, held, me, at)) continue;
        if (filter.attribute && !known.has(held.customer.id)) continue;
        if (last && order(held, last) > 0) continue;
        found.push(held);
      }
      return found.sort(order);
    });

    async function fetchPage(after: string | null): Promise<readonly Conversation[]> {
      state.value = 'loading';
      try {
        const page = await api.get<Page<Conversation>>('/conversations', {
          ...filterQuery(filter),
          limit: pageSize,
          after,
        });
        conversations.put(page.items);
        if (filter.attribute) {
          const before = after ? customers.peek() : [];
          customers.value = new Set([...before, ...page.items.map((item) => item.customer.id)]);
        }
        end.value = page.next === null ? undefined : page.items.at(-1);
        next.value = page.next;
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
    of(filter) {
      const key = filterText(filter);
      const list = lists.get(key) ?? create(filter);
      // The one looked at last is the last to be let go.
      lists.delete(key);
      lists.set(key, list);
      const oldest = lists.keys().next().value;
      if (lists.size > keptMax && oldest !== undefined) lists.delete(oldest);
      return list;
    },
    async reload() {
      return (await Promise.all([...lists.values()].map((list) => list.reload()))).flat();
    },
  };
}
