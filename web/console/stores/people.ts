// Colleagues, with whether they are there.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Presence, User } from '../../protocol/types';

export interface People {
  /** By name. */
  readonly list: ReadonlySignal<readonly User[]>;
  find(id: string | null): User | undefined;
  load(): Promise<void>;
  put(user: User): void;
  setPresence(id: string, presence: Presence): void;
  setAllPresence(presence: Readonly<Record<string, Presence>>): void;
}

export function createPeople(api: Api): People {
  const byId = signal<ReadonlyMap<string, User>>(new Map());
  const list = computed(() =>
    [...byId.value.values()].sort((a, b) => a.name.localeCompare(b.name)),
  );

  const put = (user: User): void => {
    byId.value = new Map(byId.peek()).set(user.id, user);
  };

  return {
    list,
    find: (id) => (id ? byId.value.get(id) : undefined),
    async load() {
      const { items } = await api.get<{ items: User[] }>('/users');
      byId.value = new Map(items.map((user) => [user.id, user]));
    },
    put(user) {
      // An event may come from before somebody's line went up or down: what we heard live counts.
      const held = byId.peek().get(user.id);
      put({ ...user, presence: user.presence ?? held?.presence ?? 'offline' });
    },
    setPresence(id, presence) {
      const held = byId.peek().get(id);
      if (held && held.presence !== presence) put({ ...held, presence });
    },
    setAllPresence(presence) {
      byId.value = new Map(
        [...byId.peek()].map(([id, user]) => [
          id,
          { ...user, presence: presence[id] ?? ('offline' as const) },
        ]),
      );
    },
  };
}
