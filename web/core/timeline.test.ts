import { describe, expect, it } from 'vitest';
import type { MessageCore } from '../protocol/types';
import { createTimeline, type Gap, unconfirmed } from './timeline';

const message = (conversation: string, seq: number, order: number): MessageCore => ({
  conversation,
  seq,
  order,
  client_id: `${conversation}${seq}`,
  text: '',
  attachments: [],
  revision: 0,
  edited_at: null,
  recalled_at: null,
  at: 0,
});

describe('timeline', () => {
  it('sorts across conversations and ignores repeats', () => {
    const timeline = createTimeline();
    timeline.merge([message('b', 1, 30), message('a', 2, 20)]);
    const before = timeline.items;
    expect(timeline.merge([message('a', 1, 10), message('a', 2, 20)])).toHaveLength(1);
    expect(timeline.items.map(({ order }) => order)).toEqual([10, 20, 30]);
    expect(timeline.items).not.toBe(before);
    expect(timeline.merge([message('b', 1, 30)])).toEqual([]);
    expect(timeline.find('a', 2)?.order).toBe(20);
  });

  it('keeps the copy that was changed more often, in its place', () => {
    const timeline = createTimeline();
    timeline.merge([message('a', 1, 10), message('a', 2, 20)]);
    const mended = { ...message('a', 1, 10), text: 'mended', revision: 1 };
    expect(timeline.merge([mended])).toEqual([mended]);
    expect(timeline.merge([message('a', 1, 10)])).toEqual([]);
    expect(timeline.items.map(({ text }) => text)).toEqual(['mended', '']);
  });

  it('tells of a gap once, and keeps it in mind until it is filled', () => {
    const gaps: Gap[] = [];
    const timeline = createTimeline((gap) => gaps.push(gap));
    timeline.merge([message('a', 1, 10), message('b', 7, 15)]);
    timeline.merge([message('a', 4, 40)]);
    timeline.merge([message('a', 5, 50)]);
    const gap = { conversation: 'a', after: 1, before: 4, beforeOrder: 40 };
    expect(gaps).toEqual([gap]);
    expect(timeline.gaps()).toEqual([gap]);
    timeline.merge([message('a', 2, 20), message('a', 3, 30)]);
    expect(timeline.gaps()).toEqual([]);
    expect(gaps).toHaveLength(1);
  });

  it('does not show a queued message beside its arrived self', () => {
    const queue = [{ id: 'a1' }, { id: 'new' }];
    expect(unconfirmed(queue, [message('a', 1, 1)])).toEqual([{ id: 'new' }]);
  });
});
