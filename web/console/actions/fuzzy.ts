// How well a name fits what somebody typed: its letters in their order, better at the beginnings
// of words and side by side. Han characters are found wherever they stand together.

const boundary = /[\s/·:_-]/;

/** Higher is better; `undefined`: it does not fit. */
export function score(name: string, typed: string): number | undefined {
  const wanted = typed.trim().toLocaleLowerCase();
  if (!wanted) return 0;
  const text = name.toLocaleLowerCase();
  const whole = text.indexOf(wanted);
  if (whole >= 0) {
    const starts = whole === 0 || boundary.test(text[whole - 1] ?? '');
    return 1_000 - whole + (starts ? 500 : 0) - text.length / 100;
  }
  // Scattered characters of Chinese mean something else.
  if (/\p{Script=Han}/u.test(wanted)) return undefined;
  let points = 0;
  let at = 0;
  for (const letter of wanted.replace(/\s+/g, '')) {
    const found = text.indexOf(letter, at);
    if (found < 0) return undefined;
    const starts = found === 0 || boundary.test(text[found - 1] ?? '');
    points += starts ? 20 : found === at ? 10 : 1;
    at = found + 1;
  }
  // Letters picked from all over are a chance, not a wish.
  return points >= wanted.length * 6 ? points - text.length / 100 : undefined;
}

export function best<T>(
  all: readonly T[],
  typed: string,
  name: (one: T) => string,
  bonus: (one: T) => number = () => 0,
): T[] {
  const scored = all.flatMap((one) => {
    const points = score(name(one), typed);
    return points === undefined ? [] : [{ one, points: points + bonus(one) }];
  });
  return scored.sort((a, b) => b.points - a.points).map(({ one }) => one);
}
