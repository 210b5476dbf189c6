// A store for small things: each item under a key of its own, so that two tabs never overwrite each
// other's. Falls back to memory where storage is blocked or full.
import { type KeyedStore, memoryStore } from './store';

export function localStore<T extends { readonly id: string }>(
  storage: () => Storage,
  prefix: string,
): KeyedStore<T> {
  const memory = memoryStore<T>();
  const attempt = <R>(run: (storage: Storage) => R): R | undefined => {
    try {
      return run(storage());
    } catch {
      return undefined;
    }
  };
  const read = (key: string): T | undefined =>
    attempt((items) => JSON.parse(items.getItem(key) ?? 'x') as T);

  return {
    async all() {
      const keys = attempt((items) => Object.keys(items)) ?? [];
      const stored = keys.filter((key) => key.startsWith(prefix)).flatMap((key) => read(key) ?? []);
      return [...stored, ...(await memory.all())];
    },
    get: async (id) => (await memory.get(id)) ?? read(prefix + id),
    async put(item) {
      const done = attempt((items) => {
        items.setItem(prefix + item.id, JSON.stringify(item));
        return true;
      });
      if (!done) await memory.put(item);
    },
    async remove(id) {
      await memory.remove(id);
      attempt((items) => items.removeItem(prefix + id));
    },
  };
}
