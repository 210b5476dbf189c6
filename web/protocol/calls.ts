// Calls, as docs/protocol.md describes them. Fields may be added by a newer server at any time.

export type CallMedia = 'audio' | 'video';
export type CallState = 'ringing' | 'connecting' | 'active' | 'ended';
export type CallReason =
  | 'hung_up'
  | 'declined'
  | 'missed'
  | 'cancelled'
  | 'busy'
  | 'failed'
  | 'lost';
export type SuperviseMode = 'listen' | 'whisper' | 'barge' | 'take_over';

export interface CallParticipant {
  leg: string;
  kind: 'agent' | 'customer';
  user: string | null;
  name: string | null;
  avatar_url: string | null;
  role: 'talks' | 'listens' | 'whispers';
  state: 'ringing' | 'accepted' | 'joined' | 'interrupted' | 'left';
  muted: boolean;
  camera: boolean;
  screen: boolean;
}

/** The channel's, as far as it concerns who is in the call. */
export type CallPolicy = Pick<
  CallSettings,
  'video' | 'recording' | 'consent' | 'consent_text' | 'announce_listeners'
>;

export interface CallRecording {
  state: 'off' | 'waiting_for_consent' | 'on' | 'paused';
  consent: null | 'agreed' | 'refused';
  at: number | null;
}

export interface Call {
  id: string;
  conversation: string;
  media: CallMedia;
  state: CallState;
  direction: 'agent' | 'visitor';
  reason: CallReason | null;
  created_at: number;
  answered_at: number | null;
  ended_at: number | null;
  participants: CallParticipant[];
  recording: CallRecording;
  policy: CallPolicy;
  position: number;
}

/** Who is in which place of the offer. */
export interface CallSlot {
  slot: number;
  leg: string;
  name: string | null;
  role: CallParticipant['role'];
  camera: boolean;
  screen: boolean;
  audio: boolean;
}

export interface CallJoined {
  answer: string;
  leg: string;
  slots: CallSlot[];
}

export interface CallIce {
  servers: { urls: string | string[]; username?: string; credential?: string }[];
  policy: 'all' | 'relay';
}

export type StrokeTool = 'pen' | 'arrow' | 'pointer' | 'text' | 'box' | 'freeze';

/** Something drawn over a picture. `points` are parts of its width and height. */
export interface Stroke {
  id: string;
  /** `leg_7/camera` */
  on: string;
  tool: StrokeTool;
  colour: string;
  points: [number, number][];
  text?: string;
  done: boolean;
  undo?: boolean;
}

/** Since the last one. */
export interface QualityDigest {
  loss_up?: number;
  loss_down?: number;
  jitter_ms?: number;
  rtt_ms?: number;
  kbit_up?: number;
  kbit_down?: number;
  freezes?: number;
  packets?: number;
}

export interface DrawFrame {
  type: 'call.draw';
  call: string;
  leg: string;
  stroke: Stroke;
}

export type CallEvent =
  | { type: 'call.updated'; cursor: string; position: number; call: Call }
  | { type: 'call.slots'; call: string; leg: string; slots: CallSlot[] }
  | DrawFrame;

/** Of a channel. */
export interface CallSettings {
  enabled: boolean;
  visitors_may_ask: boolean;
  video: boolean;
  recording: 'off' | 'on_request' | 'always';
  consent: 'notice' | 'ask';
  consent_text: string;
  announce_listeners: boolean;
  agents_may_replay: boolean;
}

/** How one line was, as the server or the browser measured it. */
export interface CallQuality extends Required<QualityDigest> {
  leg: string;
  source: 'server' | 'client';
  at: number;
}
