import { describe, expect, it } from 'vitest';
import type { OutboxItem } from '../core/queue';
import type { Marks, VisitorMessage } from '../protocol/types';
import type { ClientState } from './client';
import { type Bubble, rows } from './rows';

const hour = 3_600_000;
const day = (at: number): string => String(Math.floor(at / (24 * hour)));

const message = (seq: number, at: number, more: Partial<VisitorMessage> = {}): VisitorMessage => ({
  conversation: 'cnv_1',
  seq,
  order: seq,
  kind: 'text',
  author: { kind: 'agent', name: 'Lin', avatar_url: null },
  client_id: null,
  text: `m${seq}`,
  attachments: [],
  activity: null,
  quote: null,
  revision: 0,
  edited_at: null,
  recalled_at: null,
  at,
  ...more,
});
const mine = { author: { kind: 'customer', name: null, avatar_url: null } } as const;
const queued = (id: string, more: Partial<OutboxItem> = {}): OutboxItem => ({
  id,
  text: id,
  at: 5000,
  state: 'pending',
  ...more,
});
const marks: Marks = {
  customer_delivered: 0,
  customer_read: 0,
  agent_delivered: 2,
  agent_read: 1,
};

function show(messages: VisitorMessage[], queue: OutboxItem[] = [], divider?: VisitorMessage) {
  const progress = { f: 0.5 };
  const channel = undefined;
  return rows({ messages, queue, divider, marks: { cnv_1: marks }, progress, channel }, day);
}
const bubbles = (list: ReturnType<typeof rows>): Bubble[] =>
  list.filter((row): row is Bubble => row.type === 'bubble');

describe('rows', () => {
  it('separates days and puts the unread line before its message', () => {
    const second = message(2, 25 * hour);
    const list = show([message(1, 0), second], [], second);
    expect(list.map((row) => row.type)).toEqual(['day', 'bubble', 'day', 'unread', 'bubble']);
  });

  it('groups one author within five minutes', () => {
    const list = bubbles(
      show([
        message(1, 0),
        message(2, 1000),
        message(3, 2000, { author: { kind: 'agent', name: 'Wang', avatar_url: null } }),
        message(4, hour, { author: { kind: 'agent', name: 'Wang', avatar_url: null } }),
      ]),
    );
    expect(list.map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it('tells how far own messages came, and says nothing of others', () => {
    const own = [1, 2, 3].map((seq) => message(seq, 0, mine));
    const list = bubbles(show(own));
    expect(list.map(({ status }) => status)).toEqual(['read', 'delivered', 'sent']);
    const answered = bubbles(show([...own, message(4, 0), message(5, 0, mine)]));
    expect(answered.map(({ status }) => status)).toEqual([
      'read',
      'read',
      'read',
      undefined,
      'sent',
    ]);
  });

  it('keeps the key of a queued message when it arrives', () => {
    const before = bubbles(show([], [queued('a')]))[0];
    const after = bubbles(show([message(1, 0, { ...mine, client_id: 'a' })], [queued('a')]));
    expect(after).toHaveLength(1);
    expect(after[0]?.key).toBe(before?.key);
    expect([before?.status, after[0]?.status]).toEqual(['sending', 'read']);
  });

  it('lets a failed message stand alone, with its reason', () => {
    const list = bubbles(
      show([], [queued('a'), queued('b', { state: 'failed', code: 'input.invalid' }), queued('c')]),
    );
    expect(list.every(({ first, last }) => first && last)).toBe(true);
    expect(list[1]).toMatchObject({ status: 'failed', code: 'input.invalid', item: 'b' });
  });

  it('shows the progress of files only while they leave', () => {
    const files = [{ name: 'x', type: '', blob: new Blob() }];
    const list = bubbles(
      show([], [queued('f', { files, state: 'sending' }), queued('g', { files })]),
    );
    expect(list.map(({ progress }) => progress)).toEqual([0.5, undefined]);
  });

  it('shows notices', () => {
    const notice = message(1, 0, { kind: 'activity', activity: { verb: 'resolved' } });
    expect(show([notice])[1]).toMatchObject({ type: 'notice', verb: 'resolved' });
  });

  it('asks for a rating where the newest turn does', () => {
    const turn = (seq: number, verb: 'resolved' | 'reopened' | 'rating_asked') =>
      message(seq, 0, { kind: 'activity', activity: { verb } });
    const types = (ask: string, ...turns: VisitorMessage[]) => {
      const channel = { settings: { rating: { ask } } } as ClientState['channel'];
      const nothing = { queue: [], marks: {}, divider: undefined, progress: {} };
      return rows({ ...nothing, channel, messages: turns }, day).map(({ type }) => type);
    };
    expect(types('resolved', turn(1, 'resolved'))).toEqual(['day', 'notice', 'rating']);
    expect(types('on_request', turn(1, 'resolved'))).toEqual(['day', 'notice']);
    expect(types('on_request', turn(1, 'rating_asked'))).toEqual(['day', 'rating']);
    const goesOn = [turn(1, 'resolved'), turn(2, 'reopened')];
    expect(types('resolved', ...goesOn)).toEqual(['day', 'notice', 'notice']);
  });
});
