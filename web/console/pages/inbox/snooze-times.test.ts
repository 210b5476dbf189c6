import { describe, expect, it } from 'vitest';
import { readSpan, snoozeTimes } from './snooze-times';

const at = (text: string) => new Date(text).getTime();
const ids = (now: string) => snoozeTimes(at(now)).map(({ id }) => id);

describe('putting aside', () => {
  it('offers what makes sense at the time of the day', () => {
    expect(ids('2026-03-04T10:20:00')).toEqual(['laterToday', 'tonight', 'tomorrow', 'nextWeek']);
    expect(ids('2026-03-04T16:00:00')).toEqual(['laterToday', 'tomorrow', 'nextWeek']);
    expect(ids('2026-03-04T22:00:00')).toEqual(['tomorrow', 'nextWeek']);
  });

  it('means the next Monday, also on a Sunday and on a Monday', () => {
    const next = (now: string) => snoozeTimes(at(now)).at(-1)?.at;
    expect(next('2026-03-08T10:00:00')).toBe(at('2026-03-09T09:00:00'));
    expect(next('2026-03-09T10:00:00')).toBe(at('2026-03-16T09:00:00'));
    expect(next('2026-03-04T10:00:00')).toBe(at('2026-03-09T09:00:00'));
  });

  it('reads spans in the three languages, and nothing else', () => {
    expect(readSpan('2h', 0)).toBe(7_200_000);
    expect(readSpan(' 45 分钟', 0)).toBe(2_700_000);
    expect(readSpan('3天', 0)).toBe(259_200_000);
    expect(readSpan('2 週', 0)).toBe(1_209_600_000);
    for (const typed of ['', '0h', 'h', '2x', 'tomorrow', '999 w']) {
      expect(readSpan(typed, 0)).toBeUndefined();
    }
  });
});
