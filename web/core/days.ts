// Days and clock times as people write them: the part of formats.ts that the chat starts with.
import type { Locale } from './i18n';

export const dayMs = 86_400_000;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function dates(locale: string, options: Intl.DateTimeFormatOptions, timeZone?: string) {
  return new Intl.DateTimeFormat(locale, timeZone ? { ...options, timeZone } : options);
}

/** `14:05`, or `2:05 PM` where that is the custom. */
export function clockFormat(locale: Locale, timeZone?: string): (at: number) => string {
  const format = dates(locale, { hour: 'numeric', minute: '2-digit' }, timeZone);
  return (at) => format.format(at);
}

/** `2026-11-20`: the calendar day of a moment, to compare and to sort. */
export function isoDay(timeZone?: string): (at: number) => string {
  const format = dates('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }, timeZone);
  return (at) => format.format(at);
}

/** A day separator: `Today`, `Yesterday`, a weekday within a week, else the date. */
export function dayFormat(locale: Locale, timeZone?: string): (at: number, now: number) => string {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const weekday = dates(locale, { weekday: 'long' }, timeZone);
  const thisYear = dates(locale, { month: 'long', day: 'numeric' }, timeZone);
  const otherYear = dates(locale, { year: 'numeric', month: 'long', day: 'numeric' }, timeZone);
  const iso = isoDay(timeZone);

  return (at, now) => {
    const then = iso(at);
    const today = iso(now);
    // Calendar days, so that neighbours differ by one whatever daylight saving did.
    const ago = Math.round((Date.parse(today) - Date.parse(then)) / dayMs);
    if (ago === 0 || ago === 1) return capital(relative.format(-ago, 'day'));
    if (ago > 1 && ago < 7) return weekday.format(at);
    return (then.slice(0, 4) === today.slice(0, 4) ? thisYear : otherYear).format(at);
  };
}
