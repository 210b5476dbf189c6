import { describe, expect, it } from 'vitest';
import { outline } from './chart';

describe('the outline of an hour', () => {
  it('goes from the left to the right, and the highest touches the top', () => {
    expect(outline([0, 5, 10])).toBe('0,39 120,20 240,1');
  });

  it('lies on the ground when nothing happened', () => {
    expect(outline([0, 0])).toBe('0,39 240,39');
  });

  it('survives a single value', () => {
    expect(outline([3])).toBe('0,1');
  });
});
