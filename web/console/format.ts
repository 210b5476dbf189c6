// Dates and sizes in the language of the moment; the formatters are made once per language.
import { computed } from '@preact/signals';
import { bytesFormat, clockFormat, dateTimeFormat, dayFormat, numberFormat } from '../core/formats';
import { now, systemClock } from './clock';
import { locale, t } from './i18n';

const formats = computed(() => {
  const language = locale();
  return {
    clock: clockFormat(language),
    dateTime: dateTimeFormat(language),
    day: dayFormat(language),
    bytes: bytesFormat(language),
    number: numberFormat(language),
    narrow: new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'narrow' }),
    dayName: new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }),
    weekday: new Intl.DateTimeFormat(language, { weekday: 'short' }),
    monthDay: new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' }),
  };
});

export const clockTime = (at: number): string => formats.value.clock(at);
export const dateTime = (at: number): string => formats.value.dateTime(at);
export const dayOf = (at: number): string => formats.value.day(at, now());
export const fileSize = (bytes: number): string => formats.value.bytes(bytes);
export const count = (value: number): string => formats.value.number(value);

/** Of the week, Monday is 0: the first of 2024 was one. */
export const dayName = (day: number): string =>
  formats.value.dayName.format(Date.UTC(2024, 0, 1 + day));

/** In a list: the clock today, else the date. */
export function shortTime(at: number): string {
  const same = new Date(at).toDateString() === new Date(now()).toDateString();
  return same ? formats.value.clock(at) : formats.value.monthDay.format(at);
}

/** A value with its unit; long times in their larger units. */
export function measure(value: number, unit: 'percent' | 'millisecond' | 'second' | 'day'): string {
  if (unit === 'second' && value >= 120) return inUnit(value / 60, 'minute');
  if (unit === 'millisecond' && value >= 10_000) return inUnit(value / 1_000, 'second');
  return inUnit(value, unit);
}

const inUnit = (value: number, unit: string): string =>
  new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);

/** Of a rate: `0.4`, `12`. */
export const shortNumber = (value: number): string =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);

/** A time to come: the clock today, with the day within a week, else the date. */
export function later(at: number): string {
  const days =
    (new Date(at).setHours(0, 0, 0, 0) - new Date(now()).setHours(0, 0, 0, 0)) / 86_400_000;
  if (days < 0.5) return formats.value.clock(at);
  if (days < 6.5) return `${formats.value.weekday.format(at)} ${formats.value.clock(at)}`;
  return formats.value.monthDay.format(at);
}

const minuteMs = 60_000;

/** How long somebody has been waiting: `4m`, `2h`, `3d` in the words of the language. */
export function waited(since: number): string {
  const minutes = Math.max(1, Math.floor((Math.max(now(), since) - since) / minuteMs));
  const [value, unit] =
    minutes < 60
      ? ([minutes, 'minute'] as const)
      : minutes < 1440
        ? ([Math.floor(minutes / 60), 'hour'] as const)
        : ([Math.floor(minutes / 1440), 'day'] as const);
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'narrow' }).format(
    value,
  );
}

/** `5 minutes ago`; far away it is a date. */
export function ago(at: number): string {
  const minutes = Math.floor((Math.max(now(), at) - at) / minuteMs);
  if (minutes === 0) return t('time.now');
  if (minutes < 60) return formats.value.narrow.format(-minutes, 'minute');
  if (minutes < 1440) return formats.value.narrow.format(-Math.floor(minutes / 60), 'hour');
  return dateTime(at);
}

export const currentTime = systemClock.now;
