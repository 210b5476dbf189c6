// Which pictures and sounds a recording is played with: a file of its own for each, so that any browser plays them all.
import type { RecordingDetails, RecordingTrack } from '../../protocol/recordings';

/** One picture with its sound, or a sound alone. */
export interface Part {
  readonly key: string;
  readonly name: string;
  readonly side: RecordingTrack['side'];
  readonly source: 'person' | 'screen';
  readonly hasPicture: boolean;
  readonly tracks: readonly number[];
  readonly fromMs: number;
  readonly untilMs: number;
}

export function partsOf(recording: RecordingDetails): readonly Part[] {
  const heard = recording.tracks.filter((track) => track.from_ms !== null);
  const legs = [...new Set(heard.map((track) => track.leg))];
  return legs.flatMap((leg) => {
    const own = heard.filter((track) => track.leg === leg);
    const person = own.filter(({ source }) => source !== 'screen');
    const screen = own.filter(({ source }) => source === 'screen');
    return [part(leg, 'person', person), part(leg, 'screen', screen)].filter((one) => one !== null);
  });
}

function part(leg: string, source: Part['source'], tracks: readonly RecordingTrack[]): Part | null {
  const first = tracks[0];
  if (!first) return null;
  return {
    key: `${leg}/${source}`,
    name: first.name,
    side: first.side,
    source,
    hasPicture: tracks.some((track) => track.source !== 'mic'),
    tracks: tracks.map((track) => track.number),
    fromMs: Math.min(...tracks.map((track) => track.from_ms ?? 0)),
    untilMs: Math.max(...tracks.map((track) => track.until_ms)),
  };
}

/** While it goes on it is the file of the moment when it was opened. */
export const mediaUrl = (recording: RecordingDetails, part: Part): string => {
  const still = recording.ended_at === null ? `&segments=${recording.segments}` : '';
  return `/api/v1/recordings/${recording.id}/media?tracks=${part.tracks.join(',')}${still}`;
};

/** `1:02:03`, `4:05`. */
export function clockOf(ms: number): string {
  const s = Math.floor(ms / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(s / 3_600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
