// A store for small things: each item under a key of its own, so that two tabs never overwrite each
// other's. Where storage is blocked or full it keeps
// nothing: the queue has its items in memory anyway.
import type { KeyedStore } from './store';

export function localStore<T extends { readonly id: string }>(
  storage: () => Storage,
  prefix: string,
): KeyedStore<T> {
  const attempt = <R>(run: (storage: Storage) => R): R | undefined => {
    try {
      return run(storage());
    } catch {
      return undefined;
    }
  };

  return {
    all: async () =>
      attempt((items) =>
        Object.keys(items)
          .filter((key) => key.startsWith(prefix))
          .map((key) => JSON.parse(items.getItem(key) ?? '') as T),
      ) ?? [],
    async put(item) {
      attempt((items) => items.setItem(prefix + item.id, JSON.stringify(item)));
    },
    async remove(id) {
      attempt((items) => items.removeItem(prefix + id));
    },
  };
}
