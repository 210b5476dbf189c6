import { describe, expect, it } from 'vitest';
import en from '../i18n/en';
import { actions } from './registry';

describe('actions', () => {
  it('have names of their own', () => {
    expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
    for (const { text } of actions) expect(en[text]).toBeTruthy();
  });

  it('share a key only where it means the same the other way round', () => {
    const shared = actions
      .flatMap(({ id, keys }) => keys.map((key) => ({ id, key })))
      .filter(({ key, id }) => actions.some((one) => one.id !== id && one.keys.includes(key)));
    expect(shared.map(({ id }) => id)).toEqual(['resolve', 'reopen']);
  });

  it('have one key for each thing that is done all day', () => {
    const keys = Object.fromEntries(actions.map(({ id, keys }) => [id, keys[0]]));
    expect(keys).toMatchObject({ reply: 'r', note: 'n', assign: 'a', resolve: 'e', snooze: 's' });
    expect(keys).toMatchObject({ tags: 't', priority: 'p', unread: 'u', pick: 'x', undo: 'z' });
  });
});
