import { describe, expect, it } from 'vitest';
import type { PrechatField } from '../../../../protocol/types';
import { freshId, kindsFor, moved, ofKind } from './prechat-edit';

const field = (id: string, kind: PrechatField['kind']): PrechatField => ({
  id,
  kind,
  label: id,
  required: false,
  options: [],
});

describe('questions being edited', () => {
  it('have names of their own', () => {
    expect(freshId([])).toBe('q1');
    expect(freshId([field('q2', 'text')])).toBe('q3');
    expect(freshId([field('q3', 'text'), field('q1', 'text')])).toBe('q4');
  });

  it('move and stay within the list', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
    expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
  });

  it('have choices if they are one, and ask for a name once', () => {
    expect(ofKind(field('a', 'text'), 'choice').options).toEqual([{ text: '', tag: null }]);
    expect(ofKind(ofKind(field('a', 'text'), 'choice'), 'text').options).toEqual([]);
    expect(kindsFor([field('a', 'name')])).toEqual(['email', 'phone', 'text', 'choice']);
    expect(kindsFor([field('a', 'name')], 'name')).toContain('name');
  });
});
