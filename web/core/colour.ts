// A site brings one colour; what must stay readable around it is computed.

export type Rgb = readonly number[];

/** `#rrggbb`; undefined for anything else. */
export const parseColour = (text: string | null | undefined): Rgb | undefined =>
  /^#[\da-f]{6}$/i.test(text ?? '')
    ? [1, 3, 5].map((at) => Number.parseInt((text as string).slice(at, at + 2), 16))
    : undefined;

/** WCAG's, but for its straight piece below 3 %: the darkest colours count as a trace lighter. */
export const luminance = (colour: Rgb): number =>
  colour.reduce(
    (sum, value, i) =>
      sum + ((value / 255 + 0.055) / 1.055) ** 2.4 * ([0.2126, 0.7152][i] ?? 0.0722),
    0,
  );

export function contrast(a: Rgb, b: Rgb): number {
  const ratio = (luminance(a) + 0.05) / (luminance(b) + 0.05);
  return Math.max(ratio, 1 / ratio);
}

/** Whether dark signs read better on it than white ones; for the loader, which has no more of this file. */
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

export const css = (colour: Rgb): string => `rgb(${colour})`;
