// Recordings of calls, as docs/protocol.md describes them.

export type RecordingEnd =
  | 'stopped'
  | 'server_stopped'
  | 'broken_off'
  | 'disk_full'
  | 'disk_failed'
  | 'too_long';

export interface Recording {
  id: string;
  call: string;
  conversation: string;
  began_at: number;
  /** Null: it goes on, or broke off and is being closed. */
  ended_at: number | null;
  end_reason: RecordingEnd | null;
  duration_ms: number;
  bytes: number;
  playable: boolean;
  /** Whether you may take it out of the house and see who opened it. */
  exportable: boolean;
}

/** What one party sent. */
export interface RecordingTrack {
  number: number;
  leg: string;
  name: string;
  side: 'agent' | 'customer' | '';
  source: 'mic' | 'camera' | 'screen';
  from_ms: number | null;
  until_ms: number;
  width: number | null;
  height: number | null;
}

export interface RecordingPause {
  /** Its place in the recording. */
  at_ms: number;
  paused_at: number;
  resumed_at: number | null;
  reason: string;
}

export interface RecordingDetails extends Recording {
  tracks: RecordingTrack[];
  pauses: RecordingPause[];
  segments: number;
  recorded_ms: number;
}

export interface RecordingAccess {
  user: string;
  at: number;
  deed: 'played' | 'exported' | 'proof';
}
