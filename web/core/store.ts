/** Where the outbox keeps its items. */
export interface KeyedStore<T extends { readonly id: string }> {
  all(): Promise<T[]>;
  get(id: string): Promise<T | undefined>;
  put(item: T): Promise<void>;
  remove(id: string): Promise<void>;
}

export function memoryStore<T extends { readonly id: string }>(): KeyedStore<T> {
  const items = new Map<string, T>();
  return {
    all: async () => [...items.values()],
    get: async (id) => items.get(id),
    put: async (item) => void items.set(item.id, item),
    remove: async (id) => void items.delete(id),
  };
}
