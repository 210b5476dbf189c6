import { expect, it } from 'vitest';
import { digest, kbitMax, markOf, nextLimit, type Sample, sampleOf } from './quality';

const sample = (change: Partial<Sample>): Sample => ({
  at: 0,
  sent: 0,
  received: 0,
  lostUp: 0,
  lostDown: 0,
  bytesUp: 0,
  bytesDown: 0,
  freezes: 0,
  framesDecoded: 0,
  rtt: 20,
  jitter: 5,
  ...change,
});

it('reads a report', () => {
  const report = [
    { type: 'outbound-rtp', packetsSent: 100, bytesSent: 1000 },
    { type: 'inbound-rtp', packetsReceived: 80, packetsLost: 2, bytesReceived: 900, jitter: 0.012 },
    { type: 'inbound-rtp', packetsReceived: 20, framesDecoded: 30, freezeCount: 1 },
    { type: 'remote-inbound-rtp', packetsLost: 5 },
    { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 },
    { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
  ];
  expect(sampleOf(report, 7)).toEqual({
    at: 7,
    sent: 100,
    received: 100,
    lostUp: 5,
    lostDown: 2,
    bytesUp: 1000,
    bytesDown: 900,
    freezes: 1,
    framesDecoded: 30,
    rtt: 40,
    jitter: 12,
  });
});

it('compares two looks', () => {
  const line = digest(
    sample({}),
    sample({ at: 2000, sent: 95, lostUp: 5, received: 100, bytesUp: 250_000 }),
  );
  expect(line).toMatchObject({ loss_up: 0.05, loss_down: 0, kbit_up: 1000, rtt_ms: 20 });
  expect(markOf(line)).toBe('fair');
});

it('never divides by nothing and never counts backwards', () => {
  const line = digest(sample({ freezes: 3, lostUp: 4 }), sample({}));
  expect(Object.values(line).every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
});

it('gives way to loss at once and comes back slowly', () => {
  const bad = { ...digest(sample({}), sample({ at: 2000 })), loss_up: 0.2, kbit_up: 1400 };
  const good = { ...bad, loss_up: 0 };
  let limit = nextLimit(kbitMax, bad);
  expect(limit).toBe(900);
  let looks = 0;
  while (limit < kbitMax && looks < 50) {
    limit = nextLimit(limit, { ...good, kbit_up: limit });
    looks++;
  }
  expect(looks).toBe(4);
  for (let i = 0; i < 50; i++) limit = nextLimit(limit, bad);
  expect(limit).toBe(120);
  expect(nextLimit(500, { ...good, kbit_up: 50 }), 'unused').toBe(500);
});
