import { describe, expect, it } from 'vitest';
import { sources, withoutComments } from './sources';

const tokensPath = 'ui/tokens.css';

describe('no colour outside the tokens', () => {
  const hex = '#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})(?![\\w-])';
  const notation = '(?<![\\w-])(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\\(';
  // The names people reach for; `white-space` and `currentColor` are not among them.
  const named =
    '(?<![\\w-])(?:white|black|red|green|blue|gr[ae]y|silver|orange|yellow|purple|pink|navy|teal)(?![\\w-])';
  const inCss = new RegExp(`(?<=:[^;{}]*)(?:${hex}|${notation}|${named})`, 'gi');
  // In scripts only inside a string: elsewhere `#add` is a private field. One that is computed is
  // nobody's taste.
  const inScript = new RegExp(
    `(?<=['"\`:\\s])(?:${hex}(?=[^\\n]*['"\`])|${notation}(?!\\$\\{))`,
    'gi',
  );

  it.each(
    sources(/\.(css|tsx?|html|svg)$/)
      .filter((file) => file.path !== tokensPath)
      .map((file) => [file.path, file] as const),
  )('%s', (_, file) => {
    const pattern = file.path.endsWith('.css') ? inCss : inScript;
    expect(withoutComments(file.text).match(pattern) ?? []).toEqual([]);
  });

  it('would find one', () => {
    expect('a { color: #fff }'.match(inCss)).toEqual(['#fff']);
    expect('a { border: 1px solid white; white-space: pre }'.match(inCss)).toEqual(['white']);
    expect("fill='#1a2b3c'".match(inScript)).toEqual(['#1a2b3c']);
    expect('#add(rgb) { this.#fee = 1 }'.match(inScript)).toBeNull();
  });
});

describe('contrast', () => {
  const css = sources(/\.css$/).find((file) => file.path === tokensPath)?.text ?? '';
  const colours = new Map(
    [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
      ([, name, light, dark]) => [name, { light, dark }] as const,
    ),
  );

  const luminance = (hex: string): number => {
    const channel = (at: number): number => {
      const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  };
  const contrast = (name: string, ground: string, theme: 'light' | 'dark'): number => {
    const a = luminance(colours.get(name)?.[theme] ?? '');
    const b = luminance(colours.get(ground)?.[theme] ?? '');
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };

  const surfaces = ['bg', 'surface', 'surface-2', 'surface-3'];
  const meanings = ['ok', 'warn', 'danger', 'info', 'note'];
  const text: [string, string][] = [
    ...['text', 'text-2'].flatMap((fg) => surfaces.map((bg): [string, string] => [fg, bg])),
    ...['text-3', 'accent-text', ...meanings].flatMap((fg) =>
      ['bg', 'surface', 'surface-2'].map((bg): [string, string] => [fg, bg]),
    ),
    ...meanings.flatMap((name): [string, string][] => [
      [name, `${name}-soft`],
      ['text', `${name}-soft`],
    ]),
    ['text', 'accent-soft'],
    ['accent-text', 'accent-soft'],
    ['on-accent', 'accent'],
    ['on-accent', 'accent-hover'],
    ['on-danger', 'danger'],
    ...['on-scene', 'on-scene-2'].flatMap((fg) =>
      ['scene', 'scene-2'].map((bg): [string, string] => [fg, bg]),
    ),
    ['on-answer', 'answer'],
    ['on-answer', 'hang-up'],
  ];
  const shapes = ['line-strong', 'accent'].flatMap((fg) =>
    ['bg', 'surface', 'surface-2'].map((bg): [string, string] => [fg, bg]),
  );

  describe.each(['light', 'dark'] as const)('%s', (theme) => {
    it.each(text)('text %s on %s', (fg, bg) => {
      expect(contrast(fg, bg, theme)).toBeGreaterThanOrEqual(4.5);
    });
    it.each(shapes)('shape %s on %s', (fg, bg) => {
      expect(contrast(fg, bg, theme)).toBeGreaterThanOrEqual(3);
    });
  });
});
