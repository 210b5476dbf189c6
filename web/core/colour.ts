// A site brings one colour; what must stay readable around it is computed.

type Rgb = readonly number[];

/** `#rgb` or `#rrggbb`; undefined for anything else. */
export function parseColour(text: string | null | undefined): Rgb | undefined {
  const hex = /^#?([\da-f]{3}|[\da-f]{6})$/i.exec(text ?? '')?.[1];
  if (!hex) return undefined;
  const size = hex.length / 3;
  return [0, 1, 2].map((i) => {
    const part = hex.slice(i * size, (i + 1) * size);
    return Number.parseInt(size === 1 ? part + part : part, 16);
  });
}

const luminance = (colour: Rgb): number => {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The one of two that reads better on the ground. */
export const readable = (ground: Rgb, a: string, b: string): string =>
  contrast(parseColour(a) ?? [], ground) >= contrast(parseColour(b) ?? [], ground) ? a : b;

/** The same choice for `#rrggbb` in fewer bytes: whether dark signs read better on it than white. */
export function isLight(colour: string): boolean {
  const [r, g, b] = [1, 3, 5].map(
    (at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2,
  ) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19;
}

export const mix = (a: Rgb, b: Rgb, share: number): Rgb =>
  a.map((value, i) => Math.round(value + ((b[i] ?? value) - value) * share));

/** Moves the colour towards `end` until it stands out from the ground by `ratio`. */
export function towards(colour: Rgb, end: Rgb, ground: Rgb, ratio: number): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const moved = mix(colour, end, share);
    if (contrast(moved, ground) >= ratio) return moved;
  }
  return end;
}

export const hex = (colour: Rgb): string =>
  `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
