import { describe, expect, it } from 'vitest';
import { contrast, hex, isLight, mix, parseColour, towards } from './colour';

const rgb = (text: string) => parseColour(text) ?? [];
const [light, dark] = ['#ffffff', '#000000'];

/** The i-th of 4096 colours. */
const wide = (i: number): string =>
  `#${Array.from(i.toString(16).padStart(3, '0'), (digit) => digit + digit).join('')}`;

describe('colour', () => {
  it('reads what a site may write, and nothing else', () => {
    expect(parseColour('#1a2b3c')).toEqual([26, 43, 60]);
    for (const bad of ['', null, 'red', '#12345', '#fff', 'url(x)', '#ffffff;x']) {
      expect(parseColour(bad)).toBeUndefined();
    }
  });

  it('measures contrast as WCAG does', () => {
    expect(contrast(rgb(light), rgb(dark))).toBeCloseTo(21);
    expect(contrast(rgb('#777777'), rgb(light))).toBeCloseTo(4.48, 1);
  });

  it('finds readable colours for every ground', () => {
    for (let i = 0; i < 4096; i += 7) {
      const ground = rgb(wide(i));
      expect(contrast(towards(ground, rgb(dark), rgb(light), 4.5), rgb(light))).toBeGreaterThan(
        4.5,
      );
    }
  });

  it('chooses signs that can be read', () => {
    for (let i = 0; i < 4096; i += 5) {
      const ground = wide(i);
      const sign = isLight(ground) ? '#0f1115' : light;
      expect(contrast(rgb(sign), rgb(ground)), ground).toBeGreaterThan(4.2);
    }
  });

  it('mixes and writes', () => {
    expect(hex(mix(rgb('#000000'), rgb('#ffffff'), 0.5))).toBe('#808080');
  });
});
