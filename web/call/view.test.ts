import { describe, expect, it } from 'vitest';
import { callOf, customer, part } from './fixtures';
import { endKey, lasted, newer, ownPart, partner, phaseOf } from './view';

const lin = { user: 'usr_1' };

describe('what a call is to whom', () => {
  it('rings at one side and is awaited at the other', () => {
    const call = callOf();
    expect(phaseOf(call, lin)).toBe('outgoing');
    expect(phaseOf(call, 'customer')).toBe('incoming');
    expect(phaseOf(call, { user: 'usr_9' })).toBe('outside');
  });

  it('goes on for one while the other has left', () => {
    const call = callOf({
      state: 'active',
      participants: [part({ state: 'left' }), customer({ state: 'joined' })],
    });
    expect(phaseOf(call, lin)).toBe('ended');
    expect(endKey(call, lin)).toBe('end.left');
    expect(phaseOf(call, 'customer')).toBe('inside');
  });

  it('knows who was asked in again', () => {
    const call = callOf({
      participants: [part({ state: 'left' }), part({ leg: 'leg_9', state: 'ringing' }), customer()],
    });
    expect(ownPart(call, lin)?.leg).toBe('leg_9');
    expect(phaseOf(call, lin)).toBe('incoming');
  });

  it('is called by the other side, not by who listens', () => {
    const call = callOf({
      participants: [part({ leg: 'leg_0', user: 'usr_7', role: 'listens' }), part(), customer()],
    });
    expect(partner(call, 'customer')?.name).toBe('Lin');
    expect(partner(call, lin)?.name).toBe('Chen');
  });

  it.each([
    ['missed', 'agent', 'end.missed', 'end.youMissed'],
    ['declined', 'agent', 'end.declined', 'end.youDeclined'],
    ['declined', 'visitor', 'end.youDeclined', 'end.declined'],
    ['hung_up', 'agent', 'end.done', 'end.done'],
    ['failed', 'agent', 'end.failed', 'end.failed'],
    ['lost', 'agent', 'end.lost', 'end.lost'],
  ] as const)('%s, asked by the %s', (reason, direction, agent, visitor) => {
    const call = callOf({ state: 'ended', reason, direction });
    expect(endKey(call, lin)).toBe(agent);
    expect(endKey(call, 'customer')).toBe(visitor);
  });

  it('keeps the newer of two pictures', () => {
    const [old, young] = [callOf({ position: 4 }), callOf({ position: 5 })];
    expect(newer(young, old)).toBe(young);
    expect(newer(old, young)).toBe(young);
    const other = callOf({ id: 'call_2', position: 1 });
    expect(newer(young, other)).toBe(other);
  });

  it('counts like a clock', () => {
    expect([0, 61_000, 3_725_900].map(lasted)).toEqual(['0:00', '1:01', '1:02:05']);
  });
});
