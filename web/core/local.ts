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

  return {
    async all() {
      const stored = attempt((items) =>
        Object.keys(items)
          .filter((key) => key.startsWith(prefix))
          .map((key) => JSON.parse(items.getItem(key) ?? '') as T),
      );
      return [...(stored ?? []), ...(await memory.all())];
    },
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
