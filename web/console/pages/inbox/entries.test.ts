import { describe, expect, it } from 'vitest';
import { message } from '../../stores/fixtures';
import { entries, firstUnread, neighbour } from './entries';

const day = (at: number): string => String(Math.floor(at / 86_400_000));
const agent = { kind: 'agent', id: 'usr_1' } as const;

describe('entries', () => {
  it('separates days and groups what one person wrote in a row', () => {
    const shown = entries(
      [
        message({ seq: 1, at: 0 }),
        message({ seq: 2, at: 60_000 }),
        message({ seq: 3, at: 120_000, author: agent }),
        message({ seq: 4, at: 130_000, author: agent, kind: 'note' }),
        message({ seq: 5, at: 90_000_000 }),
      ],
      day,
      undefined,
    );
    expect(shown.map((entry) => entry.key)).toEqual([
      'day-0',
      'seq-1',
      'seq-2',
      'seq-3',
      'seq-4',
      'day-1',
      'seq-5',
    ]);
    const runs = shown.flatMap((entry) =>
      entry.kind === 'message'
        ? [`${entry.first ? '[' : ''}${entry.message.seq}${entry.last ? ']' : ''}`]
        : [],
    );
    expect(runs).toEqual(['[1', '2]', '[3]', '[4]', '[5]']);
  });

  it('begins a new run at the line before what is new', () => {
    const shown = entries([message({ seq: 1 }), message({ seq: 2 })], day, 2);
    expect(shown.map((entry) => entry.kind)).toEqual(['day', 'message', 'unread', 'message']);
    expect(shown[1]).toMatchObject({ first: true, last: true });
    expect(shown[3]).toMatchObject({ first: true, last: true });
  });
});

describe('firstUnread', () => {
  it('counts back over the messages of the customer only', () => {
    const messages = [
      message({ seq: 1 }),
      message({ seq: 2 }),
      message({ seq: 3, author: agent }),
      message({ seq: 4, kind: 'activity' }),
      message({ seq: 5 }),
    ];
    expect(firstUnread(messages, 1)).toBe(5);
    expect(firstUnread(messages, 2)).toBe(2);
    expect(firstUnread(messages, 0)).toBeUndefined();
    expect(firstUnread(messages, 9)).toBeUndefined();
  });
});

describe('neighbour', () => {
  it('stays within the list and starts at its ends', () => {
    const ids = ['a', 'b', 'c'];
    expect(neighbour(ids, 'b', 1)).toBe('c');
    expect(neighbour(ids, 'c', 1)).toBeUndefined();
    expect(neighbour(ids, undefined, 1)).toBe('a');
    expect(neighbour(ids, undefined, -1)).toBe('c');
  });
});
