// For unit tests only: a call, and a connection that does what it is told.
import type { Call, CallParticipant } from '../protocol/calls';
import type { Health, Peer, PeerMaker } from './peer';

export const part = (change: Partial<CallParticipant> = {}): CallParticipant => ({
  leg: 'leg_1',
  kind: 'agent',
  user: 'usr_1',
  name: 'Lin',
  avatar_url: null,
  role: 'talks',
  state: 'accepted',
  muted: false,
  camera: true,
  screen: false,
  ...change,
});

export const customer = (change: Partial<CallParticipant> = {}): CallParticipant =>
  part({ leg: 'leg_2', kind: 'customer', user: null, name: 'Chen', state: 'ringing', ...change });

export const callOf = (change: Partial<Call> = {}): Call => ({
  id: 'call_1',
  conversation: 'cnv_1',
  media: 'video',
  state: 'ringing',
  direction: 'agent',
  reason: null,
  created_at: 1_000,
  answered_at: null,
  ended_at: null,
  participants: [part(), customer()],
  recording: { state: 'off', consent: null, at: null },
  policy: {
    video: true,
    recording: 'off',
    consent: 'notice',
    consent_text: '',
    announce_listeners: false,
  },
  position: 1,
  ...change,
});

export interface FakePeer extends Peer {
  readonly offers: boolean[];
  readonly put: Peer['put'];
  closed: boolean;
  becomes(health: Health): void;
}

export function fakePeers() {
  const made: FakePeer[] = [];
  const connect: PeerMaker = (_, onHealth) => {
    const offers: boolean[] = [];
    const peer: FakePeer = {
      slots: [],
      offers,
      closed: false,
      put: async () => {},
      async offer(restart) {
        offers.push(restart);
        return `offer ${made.length}.${offers.length}`;
      },
      answer: async () => {},
      limit: () => {},
      sample: async (at) => ({
        at,
        sent: 0,
        received: 0,
        lostUp: 0,
        lostDown: 0,
        bytesUp: 0,
        bytesDown: 0,
        freezes: 0,
        framesDecoded: 0,
        rtt: 0,
        jitter: 0,
      }),
      loudness: () => 0,
      close() {
        peer.closed = true;
      },
      becomes: onHealth,
    };
    made.push(peer);
    return peer;
  };
  return { made, connect };
}
