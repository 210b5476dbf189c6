// What alerts and their rules are called.

import type { AlertUnit } from '../protocol/status';
import { measure } from './format';
import { type TextKey, t } from './i18n';

const rules = {
  'disk.low': 'alert.diskLow',
  'disk.critical': 'alert.diskCritical',
  'store.failing': 'alert.storeFailing',
  'store.damaged': 'alert.storeDamaged',
  'writer.slow': 'alert.writerSlow',
  'http.errors': 'alert.httpErrors',
  'search.behind': 'alert.searchBehind',
  'backup.old': 'alert.backupOld',
  'backup.failed': 'alert.backupFailed',
  'certificate.expiring': 'alert.certificateExpiring',
  'clock.jumped': 'alert.clockJumped',
  'memory.high': 'alert.memoryHigh',
  'descriptors.high': 'alert.descriptorsHigh',
  'sign_in.failures': 'alert.signInFailures',
} as const satisfies Record<string, TextKey>;

/** A rule of a newer server is told in the server's own words. */
export const alertText = (rule: string, fallback: string): string =>
  rule in rules ? t(rules[rule as keyof typeof rules]) : fallback;

export function amount(value: number, unit: AlertUnit): string {
  switch (unit) {
    case 'percent':
      return measure(value, 'percent');
    case 'days':
      return measure(value, 'day');
    case 'ms':
      return measure(value, 'millisecond');
    case 's':
      return measure(value, 'second');
    case 'per_minute':
      return t('alert.perMinute', { count: Math.round(value) });
    case 'times':
      return t('alert.times', { count: Math.round(value * 10) / 10 });
    case 'yes':
      return '';
  }
}
