import { expect, it } from 'vitest';
import { initials, tone } from './avatar';

it.each([
  ['林小雨', '小雨'],
  ['王伟', '王伟'],
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['c5@mail.example', 'C'],
  ['👩‍🚀 Space', '👩S'],
  ['', '?'],
])('the initials of %s', (name, expected) => expect(initials(name)).toBe(expected));

it('gives the same person the same colour', () => {
  expect(tone('usr_1')).toBe(tone('usr_1'));
  expect(new Set(Array.from({ length: 40 }, (_, index) => tone(`cus_${index}`))).size).toBe(6);
});
