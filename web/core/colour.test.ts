import { describe, expect, it } from 'vitest';
import { contrast, css, isLight, mix, parseColour, towards } from './colour';

const [light, dark] = [
  [255, 255, 255],
  [0, 0, 0],
] as const;

const hex = (colour: readonly number[]): string =>
  `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;

/** The i-th of 4096 colours. */
const wide = (i: number): number[] => [i >> 8, (i >> 4) & 15, i & 15].map((value) => value * 17);

describe('colour', () => {
  it('reads and writes what a site may say, and nothing else', () => {
    expect(parseColour(hex([26, 43, 60]))).toEqual([26, 43, 60]);
    expect(css([26, 43, 60])).toMatch(/^rgb.26,43,60.$/);
    for (const bad of ['', null, 'red', 'ffffff', 'url(x)', `${hex(light)};x`]) {
      expect(parseColour(bad)).toBeUndefined();
    }
  });

  it('measures contrast as WCAG does', () => {
    expect(contrast(light, dark)).toBeCloseTo(20.7, 1);
    expect(contrast([119, 119, 119], light)).toBeCloseTo(4.48, 1);
  });

  it('finds readable colours for every ground', () => {
    for (let i = 0; i < 4096; i += 7) {
      expect(contrast(towards(wide(i), dark, light, 4.5), light)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('chooses signs that can be read', () => {
    for (let i = 0; i < 4096; i += 5) {
      const sign = isLight(hex(wide(i))) ? [15, 17, 21] : light;
      expect(contrast(sign, wide(i)), css(wide(i))).toBeGreaterThan(4.2);
    }
  });

  it('mixes', () => {
    expect(mix(dark, light, 0.5)).toEqual([128, 128, 128]);
  });
});
