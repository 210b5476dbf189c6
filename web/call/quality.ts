// How good the line is, from two looks at getStats, and how much picture it can take. Pure.
import type { QualityDigest } from '../protocol/calls';

/** Sums since the connection began; rtt and jitter as they are now, in milliseconds. */
export interface Sample {
  readonly at: number;
  readonly sent: number;
  readonly received: number;
  readonly lostUp: number;
  readonly lostDown: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly freezes: number;
  readonly framesDecoded: number;
  readonly rtt: number;
  readonly jitter: number;
}

export type Mark = 'good' | 'fair' | 'poor';

const part = (lost: number, through: number): number =>
  lost <= 0 ? 0 : lost / Math.max(1, lost + through);

const kbit = (bytes: number, ms: number): number => Math.max(0, Math.round((bytes * 8) / ms));

export function digest(before: Sample, now: Sample): Required<QualityDigest> {
  const ms = Math.max(1, now.at - before.at);
  return {
    loss_up: part(now.lostUp - before.lostUp, now.sent - before.sent),
    loss_down: part(now.lostDown - before.lostDown, now.received - before.received),
    jitter_ms: Math.round(now.jitter),
    rtt_ms: Math.round(now.rtt),
    kbit_up: kbit(now.bytesUp - before.bytesUp, ms),
    kbit_down: kbit(now.bytesDown - before.bytesDown, ms),
    freezes: Math.max(0, now.freezes - before.freezes),
    packets: Math.max(0, now.sent + now.received - before.sent - before.received),
  };
}

export function markOf(line: Required<QualityDigest>): Mark {
  const loss = Math.max(line.loss_up, line.loss_down);
  if (loss > 0.08 || line.rtt_ms > 500 || line.freezes > 1) return 'poor';
  if (loss > 0.02 || line.rtt_ms > 250 || line.jitter_ms > 60) return 'fair';
  return 'good';
}

export const kbitMax = 1_500;
const kbitMin = 120;

/** The next limit of our picture: down at once when packets get lost, up again slowly. */
export function nextLimit(limit: number, line: Required<QualityDigest>): number {
  if (line.loss_up > 0.1) return Math.max(kbitMin, Math.round(limit * 0.6));
  if (line.loss_up > 0.04) return Math.max(kbitMin, Math.round(limit * 0.85));
  // Nothing is learned about a limit that is not used.
  if (line.loss_up > 0.015 || line.kbit_up < limit * 0.4) return limit;
  return Math.min(kbitMax, Math.round(limit * 1.15));
}

/** Few bits make a better small picture than a large one. */
export const shrinkFor = (limit: number): number => (limit < 250 ? 4 : limit < 600 ? 2 : 1);

interface StatsEntry {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** The sums of a report; what a browser does not count is 0. */
export function sampleOf(report: Iterable<StatsEntry>, at: number): Sample {
  const sum = {
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
  };
  for (const entry of report) {
    const n = (name: string): number => (typeof entry[name] === 'number' ? entry[name] : 0);
    if (entry.type === 'outbound-rtp') {
      sum.sent += n('packetsSent');
      sum.bytesUp += n('bytesSent');
    } else if (entry.type === 'inbound-rtp') {
      sum.received += n('packetsReceived');
      sum.lostDown += n('packetsLost');
      sum.bytesDown += n('bytesReceived');
      sum.freezes += n('freezeCount');
      sum.framesDecoded += n('framesDecoded');
      sum.jitter = Math.max(sum.jitter, n('jitter') * 1000);
    } else if (entry.type === 'remote-inbound-rtp') {
      sum.lostUp += n('packetsLost');
    } else if (entry.type === 'candidate-pair' && entry.nominated === true) {
      sum.rtt = Math.max(sum.rtt, n('currentRoundTripTime') * 1000);
    }
  }
  return { at, ...sum };
}
