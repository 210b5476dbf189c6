// Where messages wait: words in localStorage, at once; files in IndexedDB, whose code is loaded
// with the first file only.
import { localStore } from '../core/local';
import type { OutboxItem } from '../core/queue';
import type { KeyedStore } from '../core/store';

export function queueStore(storage: () => Storage, channel: string): KeyedStore<OutboxItem> {
  const name = `parlor:${channel}:`;
  const words = localStore<OutboxItem>(storage, name);
  let loading: Promise<KeyedStore<OutboxItem>> | undefined;
  const files = (): Promise<KeyedStore<OutboxItem>> => {
    loading ??= import('../core/idb').then(({ indexedStore }) =>
      indexedStore<OutboxItem>(() => indexedDB, name),
    );
    return loading;
  };
  const whole = async (item: OutboxItem | undefined): Promise<OutboxItem | undefined> =>
    item?.files ? (await files()).get(item.id) : item;

  return {
    async all() {
      const items = await Promise.all((await words.all()).map(whole));
      return items.flatMap((item) => item ?? []);
    },
    get: async (id) => whole(await words.get(id)),
    async put(item) {
      if (item.files) await (await files()).put(item);
      await words.put(item.files ? { ...item, files: [] } : item);
    },
    async remove(id) {
      if ((await words.get(id))?.files) await (await files()).remove(id);
      await words.remove(id);
    },
  };
}
