import { describe, expect, it } from 'vitest';
import { bytesFormat, clockFormat, dayFormat, percentFormat, relativeFormat } from './formats';

describe('formats', () => {
  const noon = Date.UTC(2026, 10, 20, 12, 5);
  const hour = 3_600_000;

  it('separates days by the calendar, not by 24 hours', () => {
    const day = dayFormat('en', 'UTC');
    expect(day(noon - 12 * hour, noon)).toBe('Today');
    expect(day(noon - 13 * hour, noon)).toBe('Yesterday');
    expect(day(noon - 72 * hour, noon)).toBe('Tuesday');
    expect(day(noon - 8 * 24 * hour, noon)).toBe('November 12');
    expect(day(noon - 365 * 24 * hour, noon)).toBe('November 20, 2025');
    expect(dayFormat('zh-CN', 'UTC')(noon - 13 * hour, noon)).toBe('昨天');
    expect(dayFormat('zh-TW', 'Asia/Taipei')(noon + 5 * hour, noon)).toBe('11月21日');
  });

  it('tells relative time', () => {
    const relative = relativeFormat('en');
    expect(relative(noon - 20_000, noon)).toBe('now');
    expect(relative(noon - 5 * 60_000, noon)).toBe('5 minutes ago');
    expect(relative(noon + 2 * hour, noon)).toBe('in 2 hours');
    expect(relativeFormat('zh-CN')(noon - 5 * 60_000, noon)).toBe('5分钟前');
  });

  it('tells the clock and sizes', () => {
    expect(clockFormat('zh-CN', 'UTC')(noon)).toBe('12:05');
    expect(bytesFormat('en')(999)).toBe('999 bytes');
    expect(bytesFormat('en')(2_500_000)).toBe('2.5 MB');
    expect(percentFormat('en')(0.125)).toBe('12.5%');
  });
});
