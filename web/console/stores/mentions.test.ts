import { describe, expect, it } from 'vitest';
import type { Channel, User } from '../../protocol/types';
import { callable, calledIn, calls } from './mentions';

const user = (id: string, name: string, patch: Partial<User> = {}): User => ({
  id,
  name,
  email: '',
  role: 'agent',
  active: true,
  avatar_url: null,
  presence: 'online',
  ...patch,
});
const people = [user('usr_1', 'Lin'), user('usr_2', 'Lin Wei'), user('usr_3', '王芳')];

describe('mentions', () => {
  it('finds the longest name, and no name within another word', () => {
    expect(calledIn('@Lin Wei and @Lin, please', people)).toEqual(['usr_2', 'usr_1']);
    expect(calledIn('@Linda knows', people)).toEqual([]);
    expect(calledIn('请@王芳看一下', people)).toEqual(['usr_3']);
    expect(calledIn('@Lin @Lin', people)).toEqual(['usr_1']);
  });

  it('keeps every letter of the text', () => {
    const text = 'a@b.example, @Lin Wei: @王芳!';
    expect(
      calls(text, people)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
  });

  it('offers colleagues who may see the channel', () => {
    const channel = { everyone: false, members: ['usr_1'] } as unknown as Channel;
    const all = [
      ...people,
      user('usr_4', 'Sam', { role: 'supervisor' }),
      user('usr_5', 'Gone', { active: false }),
    ];
    expect(callable(all, channel, 'usr_9').map(({ id }) => id)).toEqual(['usr_1', 'usr_4']);
    expect(callable(all, { ...channel, everyone: true }, 'usr_1').map(({ id }) => id)).toEqual([
      'usr_2',
      'usr_3',
      'usr_4',
    ]);
  });
});
