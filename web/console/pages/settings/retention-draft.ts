// The policy as somebody types it: days as text, empty for "for ever", or for "as above".
import type { Retention, RetentionDue } from '../../../protocol/types';

export interface Draft {
  readonly conversations_days: string;
  readonly customers_days: string;
  readonly events_days: string;
  /** Empty: as long as their conversation. */
  readonly recordings_days: string;
  /** By channel; empty or missing: as all. */
  readonly channels: Readonly<Record<string, string>>;
}

const daysMax = 36_500;
/** Six months. */
const eventsDaysMin = 183;

const shown = (days: number): string => (days === 0 ? '' : String(days));

export const draftOf = (kept: Retention): Draft => ({
  conversations_days: shown(kept.conversations_days),
  customers_days: shown(kept.customers_days),
  events_days: shown(kept.events_days),
  recordings_days: shown(kept.recordings_days),
  channels: Object.fromEntries(
    kept.channels.map(({ channel, conversations_days }) => [channel, String(conversations_days)]),
  ),
});

const number = (text: string): number => (text.trim() === '' ? 0 : Number(text));

export const retentionOf = (draft: Draft): Retention => ({
  conversations_days: number(draft.conversations_days),
  customers_days: number(draft.customers_days),
  events_days: number(draft.events_days),
  recordings_days: number(draft.recordings_days),
  channels: Object.entries(draft.channels)
    .filter(([, days]) => days.trim() !== '')
    .map(([channel, days]) => ({ channel, conversations_days: number(days) })),
});

/** The fields that cannot be sent; of channels their ids. */
export function problems(draft: Draft): string[] {
  const bad = (text: string, least = 1): boolean => {
    const days = number(text);
    return !Number.isInteger(days) || days < 0 || days > daysMax || (days > 0 && days < least);
  };
  const wrong: string[] = [];
  if (bad(draft.conversations_days)) wrong.push('conversations_days');
  if (bad(draft.customers_days)) wrong.push('customers_days');
  if (bad(draft.events_days, eventsDaysMin)) wrong.push('events_days');
  if (bad(draft.recordings_days)) wrong.push('recordings_days');
  for (const [channel, days] of Object.entries(draft.channels)) if (bad(days)) wrong.push(channel);
  return wrong;
}

export const total = (due: readonly RetentionDue[]): number =>
  due.reduce((sum, item) => sum + item.conversations, 0);
