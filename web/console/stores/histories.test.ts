import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../../core/api';
import type { MessagePage } from '../../protocol/types';
import { message } from './fixtures';
import { createHistory } from './histories';

/** A conversation of `total` messages on a server that answers like the real one. */
function server(total: number) {
  let last = total;
  const get = vi.fn(async (_: string, query: Record<string, number>): Promise<MessagePage> => {
    const all = Array.from({ length: last }, (_, index) => index + 1);
    const { before, after, limit = 50 } = query;
    const seqs = after
      ? all.filter((seq) => seq > after).slice(0, limit)
      : all.filter((seq) => !before || seq < before).slice(-limit);
    return { items: seqs.map((seq) => message({ seq })), first_seq: 1, last_seq: last };
  });
  return {
    api: { get } as unknown as Api,
    get,
    post: () => {
      last += 1;
      return message({ seq: last });
    },
  };
}

const seqs = (history: ReturnType<typeof createHistory>): number[] =>
  history.messages.value.map(({ seq }) => seq);

const whole = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a history', () => {
  it('opens at the end and grows upwards to the beginning', async () => {
    const { api } = server(120);
    const history = createHistory(api, 'cnv_1');
    await history.open();
    expect(seqs(history)).toEqual(whole(71, 120));
    expect([history.older.value, history.newer.value]).toEqual([true, false]);
    await history.loadOlder();
    await history.loadOlder();
    expect(seqs(history)).toEqual(whole(1, 120));
    expect(history.older.value).toBe(false);
  });

  it('asks once when the scroll bar asks often', async () => {
    const { api, get } = server(120);
    const history = createHistory(api, 'cnv_1');
    await history.open();
    await Promise.all([history.loadOlder(), history.loadOlder(), history.loadOlder()]);
    expect(get).toHaveBeenCalledTimes(2);
  });

  it('takes new messages in, and fetches those it missed', async () => {
    const { api, post } = server(3);
    const history = createHistory(api, 'cnv_1');
    await history.open();
    history.arrived(post());
    expect(seqs(history)).toEqual([1, 2, 3, 4]);
    post();
    history.arrived(post());
    await vi.waitFor(() => expect(seqs(history)).toEqual([1, 2, 3, 4, 5, 6]));
  });

  it('has no hole after a jump to an old message while new ones come', async () => {
    const { api, post } = server(300);
    const history = createHistory(api, 'cnv_1');
    await history.open();
    await history.openAt(40);
    expect(seqs(history)).toEqual(whole(15, 64));
    expect([history.older.value, history.newer.value]).toEqual([true, true]);
    history.arrived(post());
    expect(seqs(history)).toEqual(whole(15, 64));
    await history.loadNewer();
    expect(seqs(history)).toEqual(whole(15, 114));
    await history.toEnd();
    expect(seqs(history)).toEqual(whole(252, 301));
    expect(history.newer.value).toBe(false);
  });

  it('can be asked again after a failure', async () => {
    const { api, get } = server(2);
    get.mockRejectedValueOnce(new Error('offline'));
    const history = createHistory(api, 'cnv_1');
    await history.open();
    expect(history.state.value).toBe('failed');
    await history.open();
    expect(seqs(history)).toEqual([1, 2]);
  });
});
