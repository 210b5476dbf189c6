import { describe, expect, it } from 'vitest';
import { callOf, customer, part } from '../../call/fixtures';
import type { Call } from '../../protocol/calls';
import { modes, recordings, talks } from './rights';

const active = (change: Partial<Call> = {}): Call =>
  callOf({
    state: 'active',
    participants: [part({ state: 'joined' }), customer({ state: 'joined' })],
    ...change,
  });
const policy = (recording: 'off' | 'on_request' | 'always') => ({ ...active().policy, recording });
const recording = (state: Call['recording']['state']) => ({ ...active().recording, state });

describe('recording', () => {
  it.each([
    ['off', 'off', []],
    ['on_request', 'off', ['start']],
    ['on_request', 'on', ['pause', 'stop']],
    ['on_request', 'paused', ['resume', 'stop']],
    ['always', 'on', ['pause']],
    ['always', 'waiting_for_consent', []],
  ] as const)('%s, now %s', (rule, state, may) => {
    const call = active({ policy: policy(rule), recording: recording(state) });
    expect(recordings(call, 'usr_1')).toEqual(may);
    expect(recordings(call, 'usr_9'), 'of others').toEqual([]);
  });
});

describe('taking part as a supervisor', () => {
  const listening = active({
    participants: [
      part({ state: 'joined' }),
      customer({ state: 'joined' }),
      part({ leg: 'leg_3', user: 'usr_3', role: 'listens', state: 'joined' }),
    ],
  });

  it('is nothing for agents, for those who talk, or before it is answered', () => {
    expect(modes(active(), 'usr_3', 'agent')).toEqual([]);
    expect(modes(active(), 'usr_1', 'owner')).toEqual([]);
    expect(modes(callOf(), 'usr_3', 'owner')).toEqual([]);
  });

  it('offers what one does not do already', () => {
    expect(modes(active(), 'usr_3', 'supervisor')).toHaveLength(4);
    expect(modes(listening, 'usr_3', 'supervisor')).toEqual(['whisper', 'barge', 'take_over']);
    expect(talks(listening, 'usr_3')).toBe(false);
  });
});
