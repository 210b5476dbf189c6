/** Where the outbox keeps its items. */
export interface KeyedStore<T extends { readonly id: string }> {
  all(): Promise<T[]>;
  put(item: T): Promise<void>;
  remove(id: string): Promise<void>;
}

export function memoryStore<T extends { readonly id: string }>(): KeyedStore<T> {
  const items = new Map<string, T>();
  return {
    all: async () => [...items.values()],
    put: async (item) => void items.set(item.id, item),
    remove: async (id) => void items.delete(id),
  };
}
