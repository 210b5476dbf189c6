import { describe, expect, it } from 'vitest';
import { everything, filterText, matches, orders, parseFilter, presets } from './filter';
import { conversation } from './fixtures';

const parse = (text: string, base = everything) => parseFilter(new URLSearchParams(text), base);

describe('a filter', () => {
  it('is written as what differs from its view, and read again', () => {
    for (const text of [
      '',
      'status=resolved&tag=tag_1%2Ctag_2',
      'assignee=usr_3&priority=urgent%2Chigh&sort=waiting',
      'waiting_s=3600&attribute=plan%3A%E9%87%91+gold',
    ]) {
      expect(filterText(parse(text))).toBe(text);
    }
    const mine = parse('assignee=&sort=oldest', presets.mine);
    expect(mine.assignee).toBeUndefined();
    expect(filterText(mine, presets.mine)).toBe('assignee=&sort=oldest');
    expect(filterText(presets.mine, presets.mine)).toBe('');
  });

  it('leaves out what means nothing', () => {
    expect(parse('sort=up&status=x&waiting_s=-1&priority=very')).toEqual(everything);
  });

  it('tells what belongs to it', () => {
    const held = conversation({
      assignee: 'usr_1',
      tags: ['tag_1', 'tag_2'],
      priority: 'high',
      waiting_since_at: 1_000,
    });
    const fits = (text: string, now = 100_000) => matches(parse(text), held, 'usr_1', now);
    expect(fits('assignee=me&tag=tag_2&priority=high,urgent')).toBe(true);
    expect(fits('tag=tag_2,tag_3')).toBe(false);
    expect(fits('assignee=nobody')).toBe(false);
    expect(fits('priority=low')).toBe(false);
    expect([fits('waiting_s=99'), fits('waiting_s=100')]).toEqual([true, false]);
    expect(fits('status=snoozed')).toBe(false);
    const aside = { ...held, snooze: { by: 'usr_1', until: null } };
    expect(matches(everything, aside, 'usr_1', 0)).toBe(false);
    expect(matches(parse('status=snoozed'), aside, 'usr_1', 0)).toBe(true);
  });

  it('orders as the server does', () => {
    const all = [
      conversation({ id: 'cnv_1', updated_at: 10, waiting_since_at: 9 }),
      conversation({ id: 'cnv_2', updated_at: 30, priority: 'low' }),
      conversation({ id: 'cnv_3', updated_at: 20, waiting_since_at: 5, priority: 'urgent' }),
      conversation({ id: 'cnv_4', updated_at: 20, priority: 'low' }),
    ];
    const by = (sort: keyof typeof orders) =>
      [...all].sort(orders[sort]).map(({ id }) => id.slice(4));
    expect(by('newest')).toEqual(['2', '4', '3', '1']);
    expect(by('oldest')).toEqual(['1', '3', '4', '2']);
    expect(by('waiting')).toEqual(['3', '1', '2', '4']);
    expect(by('priority')).toEqual(['3', '2', '4', '1']);
  });
});
