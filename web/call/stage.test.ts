import { describe, expect, it } from 'vitest';
import type { CallSlot } from '../protocol/calls';
import { fitInto, large, pictures } from './stage';

const slot = (change: Partial<CallSlot> = {}): CallSlot => ({
  slot: 0,
  leg: 'leg_2',
  name: 'Chen',
  role: 'talks',
  camera: true,
  screen: false,
  audio: true,
  ...change,
});
const own = { leg: 'leg_1', camera: true, screen: false, muted: false, listens: false };
const none = (_: string): boolean => false;
const keys = (slots: CallSlot[], mine = own) => pictures(slots, none, mine).map(({ key }) => key);

describe('the pictures', () => {
  it('are the others’, then one’s own', () => {
    expect(keys([slot()])).toEqual(['leg_2/camera', 'leg_1/camera']);
    expect(keys([slot()], { ...own, listens: true })).toEqual(['leg_2/camera']);
  });

  it('have a screen only while somebody shares it', () => {
    const shared = slot({ slot: 4, screen: true });
    expect(keys([slot(), shared])).toContain('leg_2/screen');
    expect(keys([slot(), { ...shared, screen: false }])).not.toContain('leg_2/screen');
  });
});

describe('the large one', () => {
  const choose = (slots: CallSlot[], picked?: string, drawn = none, mine = own) =>
    large(pictures(slots, none, mine), picked, drawn)?.key;

  it('is a face of the other side, a shared screen, or what is drawn on', () => {
    const screen = slot({ slot: 4, screen: true });
    expect(choose([slot()])).toBe('leg_2/camera');
    expect(choose([slot(), screen])).toBe('leg_2/screen');
    expect(choose([slot(), screen], undefined, (key) => key === 'leg_1/camera')).toBe(
      'leg_1/camera',
    );
    expect(choose([slot(), screen], 'leg_2/camera', (key) => key === 'leg_1/camera')).toBe(
      'leg_2/camera',
    );
  });

  it('prefers who can be seen, and is oneself while nobody is there', () => {
    const dark = slot({ camera: false });
    expect(choose([dark, slot({ slot: 1, leg: 'leg_3' })])).toBe('leg_3/camera');
    expect(choose([dark])).toBe('leg_2/camera');
    expect(choose([])).toBe('leg_1/camera');
    expect(choose([slot()], 'leg_9/camera'), 'who left').toBe('leg_2/camera');
  });
});

it('fits with bars beside or above', () => {
  expect(fitInto({ width: 400, height: 100 }, { width: 200, height: 100 })).toEqual({
    left: 100,
    top: 0,
    width: 200,
    height: 100,
  });
  expect(fitInto({ width: 100, height: 100 }, { width: 0, height: 0 }).width).toBe(0);
});
