// A store for anything, files included: IndexedDB, or memory where the browser refuses it.

import { type KeyedStore, memoryStore } from './store';

export type { KeyedStore };
export { memoryStore };

const table = 'items';

const answer = <R>(request: IDBRequest<R>): Promise<R> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  const request = factory.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: 'id' });
  return answer(request);
}

/** Never fails: what the disk refuses (private window, quota, blocked storage) is kept in memory. */
export function indexedStore<T extends { readonly id: string }>(
  factory: () => IDBFactory,
  name: string,
): KeyedStore<T> {
  const memory = memoryStore<T>();
  // Even reading `window.indexedDB` throws in some frames, hence a function.
  const database = Promise.resolve()
    .then(() => open(factory(), name))
    .catch(() => undefined);

  async function run<R>(
    mode: IDBTransactionMode,
    ask: (items: IDBObjectStore) => IDBRequest<R>,
  ): Promise<R | undefined> {
    const db = await database;
    if (!db) return undefined;
    try {
      const transaction = db.transaction(table, mode);
      const result = await answer(ask(transaction.objectStore(table)));
      if (mode === 'readonly') return result;
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(result);
        transaction.onabort = () => reject(transaction.error);
      });
    } catch {
      return undefined;
    }
  }

  return {
    async all() {
      const stored = (await run<T[]>('readonly', (items) => items.getAll())) ?? [];
      return [...stored, ...(await memory.all())];
    },
    async put(item) {
      if (await run('readwrite', (items) => items.put(item))) await memory.remove(item.id);
      else await memory.put(item);
    },
    async remove(id) {
      await memory.remove(id);
      await run('readwrite', (items) => items.delete(id));
    },
  };
}
