// Ways to look at the inbox that somebody kept, with how many conversations each shows.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Clock } from '../../core/clock';
import type { SavedView } from '../../protocol/types';

export interface SavedViews {
  /** The shared ones, then one's own, each in their order. */
  readonly list: ReadonlySignal<readonly SavedView[]>;
  readonly loaded: ReadonlySignal<boolean>;
  readonly counts: ReadonlySignal<Readonly<Record<string, number>>>;
  find(id: string): SavedView | undefined;
  load(): Promise<void>;
  put(view: SavedView): void;
  removed(id: string): void;
  create(view: Pick<SavedView, 'scope' | 'name' | 'filter'>): Promise<SavedView>;
  change(id: string, patch: Partial<Pick<SavedView, 'name' | 'filter' | 'place'>>): Promise<void>;
  remove(id: string): Promise<void>;
  /** Something may have changed: counts soon, and once for many events. */
  touch(): void;
}

const settleMs = 300;
/** Between two questions, however much happens: each counts every view. */
const pauseMs = 4_000;

const scopes = { shared: 0, personal: 1 } as const;

export function createSavedViews(api: Api, clock: Clock): SavedViews {
  const byId = signal<ReadonlyMap<string, SavedView> | undefined>(undefined);
  const counts = signal<Readonly<Record<string, number>>>({});
  let waiting = false;
  let asked = Number.NEGATIVE_INFINITY;

  function put(view: SavedView): void {
    const held = byId.peek()?.get(view.id);
    if (held && held.position > view.position) return;
    byId.value = new Map(byId.peek()).set(view.id, view);
    if (held?.filter !== view.filter) touch();
  }

  function removed(id: string): void {
    const next = new Map(byId.peek());
    if (next.delete(id)) byId.value = next;
  }

  async function count(): Promise<void> {
    asked = clock.now();
    counts.value = (
      await api.get<{ counts: Record<string, number> }>('/saved-views/counts')
    ).counts;
  }

  function touch(): void {
    if (waiting || !byId.peek()?.size) return;
    waiting = true;
    clock.after(Math.max(settleMs, asked + pauseMs - clock.now()), () => {
      waiting = false;
      count().catch(() => undefined);
    });
  }

  return {
    list: computed(() =>
      [...(byId.value?.values() ?? [])].sort(
        (a, b) => scopes[a.scope] - scopes[b.scope] || a.place - b.place,
      ),
    ),
    loaded: computed(() => byId.value !== undefined),
    counts,
    find: (id) => byId.value?.get(id),
    async load() {
      const { items } = await api.get<{ items: SavedView[] }>('/saved-views');
      byId.value = new Map(items.map((view) => [view.id, view]));
      if (items.length) await count();
    },
    put,
    removed,
    async create(view) {
      const made = await api.post<SavedView>('/saved-views', view);
      put(made);
      return made;
    },
    change: async (id, patch) => put(await api.patch<SavedView>(`/saved-views/${id}`, patch)),
    async remove(id) {
      await api.delete(`/saved-views/${id}`);
      removed(id);
    },
    touch,
  };
}
