import { expect, it } from 'vitest';
import type { RecordingDetails, RecordingTrack } from '../../protocol/recordings';
import { clockOf, mediaUrl, partsOf } from './parts';

const track = (
  number: number,
  leg: string,
  source: RecordingTrack['source'],
  from: number | null,
) =>
  ({
    number,
    leg,
    source,
    name: leg,
    side: 'agent',
    from_ms: from,
    until_ms: 9_000,
    width: null,
    height: null,
  }) as const;

const recording: RecordingDetails = {
  id: 'rec_3',
  call: 'call_1',
  conversation: 'cnv_1',
  began_at: 0,
  ended_at: 10_000,
  end_reason: 'stopped',
  duration_ms: 9_000,
  bytes: 1,
  playable: true,
  exportable: true,
  tracks: [
    track(1, 'leg_1', 'mic', 100),
    track(2, 'leg_1', 'camera', 40),
    track(3, 'leg_2', 'mic', 0),
    track(4, 'leg_1', 'screen', 5_000),
    track(5, 'leg_2', 'camera', null),
  ],
  pauses: [],
  segments: 9,
  recorded_ms: 9_000,
};

it('plays each person with their sound, and each screen', () => {
  const parts = partsOf(recording);
  expect(
    parts.map(({ key, tracks, hasPicture, fromMs }) => [key, tracks, hasPicture, fromMs]),
  ).toEqual([
    ['leg_1/person', [1, 2], true, 40],
    ['leg_1/screen', [4], true, 5_000],
    ['leg_2/person', [3], false, 0],
  ]);
});

it('asks for the same file as long as it goes on', () => {
  const [first] = partsOf(recording);
  if (!first) throw new Error('there is one');
  expect(mediaUrl(recording, first)).toBe('/api/v1/recordings/rec_3/media?tracks=1,2');
  expect(mediaUrl({ ...recording, ended_at: null }, first)).toContain('&segments=9');
});

it('says times as clocks do', () => {
  expect([0, 65_000, 3_723_400].map(clockOf)).toEqual(['0:00', '1:05', '1:02:03']);
});
