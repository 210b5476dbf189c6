import { beforeEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../protocol/types';
import { ApiError } from './api';
import { type FakeClock, fakeClock, settle } from './fake-clock';
import { type KeyedStore, memoryStore } from './idb';
import { createOutbox, type Outbox, type OutboxItem, outboxMax } from './outbox';

let clock: FakeClock;
let store: KeyedStore<OutboxItem>;
let tries: string[];
let answer: (item: OutboxItem) => Promise<Receipt>;
let uploads: number;
let count = 0;

const receipt = (item: OutboxItem): Receipt => ({
  client_id: item.id,
  conversation: 'cnv_1',
  seq: 1,
  order: 1,
  at: 1,
  position: 1,
});

const make = (): Outbox =>
  createOutbox({
    store,
    clock,
    random: () => 1,
    uuid: () => `id-${String(count++).padStart(4, '0')}`,
    deliver: (item) => {
      tries.push(item.text);
      return answer(item);
    },
    upload: async (file) => {
      uploads++;
      if (file.name === 'huge') throw new ApiError('attachment.too_large', 413);
      return {
        id: `att_${uploads}`,
        name: file.name,
        media_type: file.type,
        bytes: 1,
        width: null,
        height: null,
      };
    },
  });

beforeEach(() => {
  clock = fakeClock();
  store = memoryStore();
  tries = [];
  uploads = 0;
  answer = async (item) => receipt(item);
});

describe('outbox', () => {
  it('sends in order, one after the other, and forgets what arrived', async () => {
    let answered = () => {};
    answer = (item) =>
      new Promise((resolve) => {
        answered = () => resolve(receipt(item));
      });
    const box = make();
    await Promise.all([box.add({ text: 'a' }), box.add({ text: 'b' })]);
    await settle();
    expect(tries).toEqual(['a']);
    answered();
    await settle();
    expect(tries).toEqual(['a', 'b']);
    answered();
    await settle();
    expect(box.items).toEqual([]);
    expect(await store.all()).toEqual([]);
  });

  it('keeps the id and the order over failed tries', async () => {
    const ids: string[] = [];
    answer = async (item) => {
      ids.push(item.id);
      if (ids.length < 3) throw new ApiError('network');
      return receipt(item);
    };
    const box = make();
    await box.add({ text: 'a' });
    await box.add({ text: 'b' });
    await settle();
    expect(box.items.map((item) => item.state)).toEqual(['pending', 'pending']);
    await clock.advance(60_000);
    expect(tries).toEqual(['a', 'a', 'a', 'b']);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(box.items).toEqual([]);
  });

  it('waits as long as the server asks', async () => {
    answer = async () => {
      throw new ApiError('rate.limited', 429, 9);
    };
    const box = make();
    await box.add({ text: 'a' });
    await clock.advance(8900);
    expect(tries).toHaveLength(1);
    await clock.advance(200);
    expect(tries).toHaveLength(2);
    expect(box.items).toHaveLength(1);
  });

  it('keeps a message without a session', async () => {
    answer = async () => {
      throw new ApiError('session.expired', 401);
    };
    const box = make();
    await box.add({ text: 'a' });
    await settle();
    expect(box.items[0]?.state).toBe('pending');
  });

  it('marks a definite failure, goes on with the next, retries on demand', async () => {
    answer = async (item) => {
      if (item.text === 'bad') throw new ApiError('input.invalid', 422);
      return receipt(item);
    };
    const box = make();
    await box.add({ text: 'bad' });
    await box.add({ text: 'good' });
    await settle();
    expect(box.items).toMatchObject([{ text: 'bad', state: 'failed', code: 'input.invalid' }]);
    answer = async (item) => receipt(item);
    box.retry(box.items[0]?.id ?? '');
    await settle();
    expect(box.items).toEqual([]);
    expect(tries).toEqual(['bad', 'good', 'bad']);
  });

  it('finds the messages of an earlier visit, with their ids', async () => {
    answer = async () => {
      throw new ApiError('network');
    };
    const before = make();
    const written = await before.add({ text: 'kept' });
    await settle();
    answer = async (item) => receipt(item);
    const after = make();
    const seen: string[] = [];
    answer = async (item) => {
      seen.push(item.id);
      return receipt(item);
    };
    await after.load();
    await settle();
    expect(seen).toEqual([written.id]);
  });

  it('does not send what is older than a week unasked', async () => {
    await store.put({ id: 'x', text: 'old', at: clock.now() - 8 * 86_400_000, state: 'pending' });
    const box = make();
    await box.load();
    await settle();
    expect(box.items).toMatchObject([{ state: 'failed', code: 'outbox.expired' }]);
    expect(tries).toEqual([]);
    box.retry('x');
    await settle();
    expect(tries).toEqual(['old']);
  });

  it('has a bound and says so', async () => {
    answer = () => new Promise(() => {});
    const box = make();
    for (let i = 0; i < outboxMax; i++) await box.add({ text: `${i}` });
    await expect(box.add({ text: 'more' })).rejects.toMatchObject({ code: 'outbox.full' });
  });

  it('is done when another tab was faster with uploads of its own', async () => {
    answer = async () => {
      throw new ApiError('message.id_reused', 409);
    };
    const box = make();
    await box.add({ text: 'a' });
    await settle();
    expect(box.items).toEqual([]);
    expect(await store.all()).toEqual([]);
  });

  it('uploads once, remembers it over retries, and again after a refusal', async () => {
    let calls = 0;
    answer = async (item) => {
      calls++;
      if (calls === 1) throw new ApiError('network');
      if (calls === 2) throw new ApiError('input.invalid', 422);
      return receipt(item);
    };
    const box = make();
    const blob = new Blob(['x']);
    await box.add({ text: '', files: [{ name: 'a', type: 't', blob }] });
    await clock.advance(10_000);
    expect(calls).toBe(2);
    expect(uploads).toBe(1);
    box.retry(box.items[0]?.id ?? '');
    await settle();
    expect(uploads).toBe(2);
    expect(box.items).toEqual([]);
  });

  it('says why a file was refused', async () => {
    const box = make();
    await box.add({ text: '', files: [{ name: 'huge', type: '', blob: new Blob() }] });
    await settle();
    expect(box.items).toMatchObject([{ state: 'failed', code: 'attachment.too_large' }]);
    expect(tries).toEqual([]);
  });

  it('is done when the message comes back by event before the ack', async () => {
    answer = () => new Promise(() => {});
    const box = make();
    const { id } = await box.add({ text: 'a' });
    await settle();
    box.confirm(id);
    await settle();
    expect(box.items).toEqual([]);
    expect(await store.all()).toEqual([]);
  });
});
