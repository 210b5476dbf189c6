import { describe, expect, it } from 'vitest';
import { excerpt, highlight } from './highlight';

const marked = (text: string, query: string): string =>
  highlight(text, query)
    .map((part) => (part.hit ? `[${part.text}]` : part.text))
    .join('');

describe('highlight', () => {
  it.each([
    ['退款要多久', '退', '[退]款要多久'],
    ['Refund the REFUND', 'refund', '[Refund] the [REFUND]'],
    ['a+b (c)', 'a+b (c', '[a+b] [(c])'],
    ['abc ab', 'ab abc', '[abc] [ab]'],
    ['nothing', '  ', 'nothing'],
  ])('%s / %s', (text, query, expected) => expect(marked(text, query)).toBe(expected));
});

describe('excerpt', () => {
  it('shows the neighbourhood of the first hit of a long text', () => {
    const text = `${'x '.repeat(300)}needle ${'y '.repeat(300)}`;
    const found = excerpt(text, 'needle');
    expect(found).toContain('needle');
    expect(found.length).toBeLessThan(220);
    expect(found.startsWith('… ')).toBe(true);
    expect(excerpt('short', 'x')).toBe('short');
  });
});
