import { describe, expect, it } from 'vitest';
import { best, score } from './fuzzy';

describe('finding by name', () => {
  const names = [
    'Mark as unread',
    'Set the priority',
    'Resolve',
    'Assign',
    '标为未读',
    '设置优先级',
  ];
  const find = (typed: string) => best(names, typed, (name) => name);

  it('takes initials, beginnings and parts', () => {
    expect(find('mau')[0]).toBe('Mark as unread');
    expect(find('prio')[0]).toBe('Set the priority');
    expect(find('RES')[0]).toBe('Resolve');
    expect(find('')).toEqual(names);
  });

  it('takes Chinese as it stands, and not in pieces', () => {
    expect(find('未读')).toEqual(['标为未读']);
    expect(find('优')).toEqual(['设置优先级']);
    expect(find('标读')).toEqual([]);
  });

  it('leaves out what only has the letters somewhere', () => {
    expect(score('Organisation settings', 'oz')).toBeUndefined();
    expect(score('Set the priority', 'xyz')).toBeUndefined();
  });

  it('puts what was used lately first', () => {
    const lately = (name: string) => (name === 'Assign' ? 100 : 0);
    expect(best(names, '', (name) => name, lately)[0]).toBe('Assign');
  });
});
