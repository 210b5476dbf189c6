import { expect, it } from 'vitest';
import { generatePassword, strength } from './password';

it('judges length first, then variety', () => {
  expect(strength('Sh0rt!')).toBe(0);
  expect(strength('aaaaaaaaaaaaaaaa')).toBe(1);
  expect(strength('correcthorse')).toBe(1);
  expect(strength('correct horse battery')).toBeGreaterThanOrEqual(2);
  expect(strength('清风徐来水波不兴举酒属客')).toBeGreaterThanOrEqual(1);
});

it('makes passwords that pass, without letters that look alike', () => {
  let seed = 1;
  const fill = (bytes: Uint8Array) => {
    for (let index = 0; index < bytes.length; index++) {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      bytes[index] = seed >> 16;
    }
  };
  const one = generatePassword(fill);
  expect(one).toMatch(/^[^0O1lI-]{5}(-[^0O1lI-]{5}){3}$/);
  expect(generatePassword(fill)).not.toBe(one);
  expect(strength(one)).toBe(3);
});

it('does not favour letters: bytes past the last whole alphabet are thrown away', () => {
  const calls: number[] = [];
  const fill = (bytes: Uint8Array) => {
    bytes.fill(calls.length === 0 ? 255 : 0);
    calls.push(bytes.length);
  };
  expect(generatePassword(fill)).toBe('aaaaa-aaaaa-aaaaa-aaaaa');
  expect(calls.length).toBeGreaterThan(1);
});
