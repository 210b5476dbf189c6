import { describe, expect, it } from 'vitest';
import { isEmojiOnly, tokens, utf8Bytes } from './text';

const links = (text: string): string[] =>
  tokens(text).flatMap((token) => (token.kind === 'link' ? [token.href] : []));

describe('tokens', () => {
  it.each([
    ['see https://a.example/x?y=1&z=2#f.', ['https://a.example/x?y=1&z=2#f']],
    [
      '(https://a.example/b_(c)), http://b.example!',
      ['https://a.example/b_(c)', 'http://b.example'],
    ],
    ['请看https://a.example/路径。谢谢', ['https://a.example/']],
    ['访问 https://a.example,然后', ['https://a.example']],
    ['www.a.example/x', ['https://www.a.example/x']],
    ['write to lin+x@a.example.', ['mailto:lin+x@a.example']],
    ['mailto:lin@a.example', ['mailto:lin@a.example']],
    ['https://u@a.example/x', ['https://u@a.example/x']],
    ['javascript:alert(1) data:text/html,x ftp://a.example', []],
    ['JaVaScRiPt://a.example', []],
    ['https:// http://', []],
  ])('%s', (text, expected) => expect(links(text)).toEqual(expected));

  it('loses nothing but the line breaks it names', () => {
    const text = '👩‍👩‍👧 hi\r\nhttps://a.example/\n\n<b>&amp;</b> 𠮷';
    const back = tokens(text).map((token) => (token.kind === 'break' ? '\n' : token.text));
    expect(back.join('')).toBe(text.replace('\r\n', '\n'));
    expect(tokens(text).filter((token) => token.kind === 'break')).toHaveLength(3);
  });

  it.each([
    ['addresses', (n: number) => 'a@'.repeat(n)],
    ['brackets', (n: number) => `https://${'('.repeat(n)}${')'.repeat(n)}`],
    ['closing brackets', (n: number) => `https://a${')'.repeat(n)}`],
    ['names', (n: number) => `${'a.'.repeat(n)}@`],
  ])('takes eight times as long for eight times as many %s', (_, hostile) => {
    const least = (text: string): number =>
      Math.min(
        ...[1, 2, 3, 4, 5].map(() => {
          const started = performance.now();
          tokens(text);
          return performance.now() - started;
        }),
      );
    const [some, many] = [hostile(4_000), hostile(32_000)];
    // Were it the square, it would be 64 times.
    expect(least(many) / least(some)).toBeLessThan(28);
  });
});

it('knows messages of emoji only', () => {
  for (const text of ['👍', '👩‍👩‍👧', '👍🏽', '❤️', '🇨🇳🎉', '😀 😀 😀'])
    expect(isEmojiOnly(text), text).toBe(true);
  for (const text of ['', 'a', '1', '👍 ok', '1️⃣2']) expect(isEmojiOnly(text), text).toBe(false);
});

it('counts bytes as the server does', () => {
  expect(utf8Bytes('a汉👍')).toBe(8);
});
