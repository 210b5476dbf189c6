// Dates and numbers as people write them. Moments are milliseconds since 1970; `now` is given.
// One function each, made once per locale, so that the chat downloads only those it uses.
import type { Locale } from './i18n';

const dayMs = 86_400_000;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function dates(locale: string, options: Intl.DateTimeFormatOptions, timeZone?: string) {
  return new Intl.DateTimeFormat(locale, timeZone ? { ...options, timeZone } : options);
}

/** `14:05`, or `2:05 PM` where that is the custom. */
export function clockFormat(locale: Locale, timeZone?: string): (at: number) => string {
  const format = dates(locale, { hour: 'numeric', minute: '2-digit' }, timeZone);
  return (at) => format.format(at);
}

/** Date and clock time, for titles and logs. */
export function dateTimeFormat(locale: Locale, timeZone?: string): (at: number) => string {
  const format = dates(locale, { dateStyle: 'medium', timeStyle: 'short' }, timeZone);
  return (at) => format.format(at);
}

/** A day separator: `Today`, `Yesterday`, a weekday within a week, else the date. */
export function dayFormat(locale: Locale, timeZone?: string): (at: number, now: number) => string {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const weekday = dates(locale, { weekday: 'long' }, timeZone);
  const thisYear = dates(locale, { month: 'long', day: 'numeric' }, timeZone);
  const otherYear = dates(locale, { year: 'numeric', month: 'long', day: 'numeric' }, timeZone);
  const iso = dates('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }, timeZone);

  return (at, now) => {
    const then = iso.format(at);
    const today = iso.format(now);
    // Calendar days, so that neighbours differ by one whatever daylight saving did.
    const ago = Math.round((Date.parse(today) - Date.parse(then)) / dayMs);
    if (ago === 0 || ago === 1) return capital(relative.format(-ago, 'day'));
    if (ago > 1 && ago < 7) return weekday.format(at);
    return (then.slice(0, 4) === today.slice(0, 4) ? thisYear : otherYear).format(at);
  };
}

const relativeSteps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * dayMs],
  ['month', 30 * dayMs],
  ['week', 7 * dayMs],
  ['day', dayMs],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `now`, `5 minutes ago`, `in 2 hours`. */
export function relativeFormat(locale: Locale): (at: number, now: number) => string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return (at, now) => {
    const distance = at - now;
    for (const [unit, size] of relativeSteps) {
      if (Math.abs(distance) >= size) return format.format(Math.trunc(distance / size), unit);
    }
    return format.format(0, 'second');
  };
}

export function numberFormat(locale: Locale): (value: number) => string {
  const format = new Intl.NumberFormat(locale);
  return (value) => format.format(value);
}

/** `12.5%` of 0.125. */
export function percentFormat(locale: Locale): (fraction: number) => string {
  const format = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  return (fraction) => format.format(fraction);
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `2.5 MB`. */
export function bytesFormat(locale: Locale): (bytes: number) => string {
  const formats = byteUnits.map(
    (unit, step) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: step === 0 ? 'long' : 'short',
        maximumFractionDigits: step === 0 ? 0 : 1,
      }),
  );
  return (bytes) => {
    const step = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
    return formats[step]?.format(bytes / 1000 ** step) ?? String(bytes);
  };
}
