import { expect, it } from 'vitest';
import { localStore } from './local';

function fakeStorage(): Storage {
  const items: Record<string, string> = {};
  const methods = {
    getItem: (key: string) => items[key] ?? null,
    setItem(key: string, value: string) {
      if (value.length > 1000) throw new Error('full');
      items[key] = value;
    },
    removeItem: (key: string) => delete items[key],
  };
  return new Proxy(items, { get: (_, name) => Reflect.get(methods, name) }) as unknown as Storage;
}

it('keeps items over a reload and leaves the neighbours alone', async () => {
  const storage = fakeStorage();
  storage.setItem('other', '1');
  const store = localStore<{ id: string; text: string }>(() => storage, 'q:');
  await store.put({ id: 'a', text: 'x' });
  await store.put({ id: 'b', text: 'y' });
  const after = localStore<{ id: string; text: string }>(() => storage, 'q:');
  expect(await after.all()).toEqual([
    { id: 'a', text: 'x' },
    { id: 'b', text: 'y' },
  ]);
  await after.remove('a');
  expect(await store.all()).toEqual([{ id: 'b', text: 'y' }]);
  expect(storage.getItem('other')).toBe('1');
});

it('does not fail where the browser refuses', async () => {
  const full = localStore<{ id: string; text: string }>(fakeStorage, 'q:');
  await full.put({ id: 'a', text: 'x'.repeat(2000) });
  expect(await full.all()).toEqual([]);
  const blocked = localStore(() => {
    throw new Error('SecurityError');
  }, 'q:');
  await blocked.put({ id: 'a' });
  await blocked.remove('a');
  expect(await blocked.all()).toEqual([]);
});
