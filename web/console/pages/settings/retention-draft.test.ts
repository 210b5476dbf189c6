import { expect, it } from 'vitest';
import { draftOf, problems, retentionOf, total } from './retention-draft';

const kept = {
  conversations_days: 30,
  customers_days: 0,
  events_days: 183,
  recordings_days: 365,
  channels: [{ channel: 'chn_1', conversations_days: 0 }],
};

it('keeps what was kept, and tells "for ever" from "as above"', () => {
  const draft = draftOf(kept);
  expect(draft).toEqual({
    conversations_days: '30',
    customers_days: '',
    events_days: '183',
    recordings_days: '365',
    channels: { chn_1: '0' },
  });
  expect(retentionOf(draft)).toEqual(kept);
  expect(retentionOf({ ...draft, channels: { chn_1: ' ' } }).channels).toEqual([]);
});

it('names every field that cannot be sent', () => {
  const draft = draftOf(kept);
  expect(problems(draft)).toEqual([]);
  const wrong = {
    conversations_days: '1.5',
    customers_days: '-1',
    events_days: '182',
    recordings_days: '0.5',
    channels: { chn_1: 'x', chn_2: '36501', chn_3: '' },
  };
  const all = [
    'conversations_days',
    'customers_days',
    'events_days',
    'recordings_days',
    'chn_1',
    'chn_2',
  ];
  expect(problems(wrong)).toEqual(all);
});

it('adds up what goes', () => {
  const due = [
    { channel: 'chn_1', before: 0, conversations: 1_200 },
    { channel: 'chn_2', before: 0, conversations: 34 },
  ];
  expect(total(due)).toBe(1_234);
});
