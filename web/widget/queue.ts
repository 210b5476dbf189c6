// Where messages wait: words in localStorage, at once; files in IndexedDB, whose code is loaded
// with the first file only.
import { localStore } from '../core/local';
import type { OutboxItem } from '../core/queue';
import type { KeyedStore } from '../core/store';

export function queueStore(storage: () => Storage, channel: string): KeyedStore<OutboxItem> {
  const name = `parlor:${channel}:`;
  const words = localStore<Partial<OutboxItem> & { id: string }>(storage, name);
  // Its name among the words tells that an item has files, hence whether to look.
  const mark = (id: string): string => `files:${id}`;
  let files: Promise<KeyedStore<OutboxItem>> | undefined;
  const withFiles = (): Promise<KeyedStore<OutboxItem>> => {
    files ??= import('../core/idb').then(({ indexedStore }) =>
      indexedStore<OutboxItem>(() => indexedDB, name),
    );
    return files;
  };

  return {
    async all() {
      const all = await words.all();
      const plain = all.filter((item): item is OutboxItem => !!item.state);
      return all.length > plain.length ? [...plain, ...(await (await withFiles()).all())] : plain;
    },
    async put(item) {
      if (!item.files) return words.put(item);
      await words.put({ id: mark(item.id) });
      return (await withFiles()).put(item);
    },
    async remove(id) {
      await words.remove(id);
      if (!files) return;
      await words.remove(mark(id));
      await (await files).remove(id);
    },
  };
}
