// How good a password is, roughly: length first, then variety. The server asks for the length only.

export const passwordMin = 12;

export type Strength = 0 | 1 | 2 | 3;

export function strength(password: string): Strength {
  const letters = [...password];
  if (letters.length < passwordMin) return 0;
  const variety = new Set(letters).size;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u, /\p{Lo}/u].filter((kind) =>
    kind.test(password),
  ).length;
  if (variety < 6) return 1;
  const score = letters.length + variety + kinds * 3;
  return score < 32 ? 1 : score < 42 ? 2 : 3;
}

// Without 0/O, 1/l/I: it is read from a screen and typed.
const alphabet = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Four groups of five: about 115 bits. */
export function generatePassword(fill: (bytes: Uint8Array<ArrayBuffer>) => unknown): string {
  const letters: string[] = [];
  while (letters.length < 20) {
    const bytes = new Uint8Array(32);
    fill(bytes);
    for (const byte of bytes) {
      // Bytes past the last whole alphabet would favour its beginning.
      if (byte >= 256 - (256 % alphabet.length)) continue;
      if (letters.length < 20) letters.push(alphabet.charAt(byte % alphabet.length));
    }
  }
  return [0, 5, 10, 15].map((from) => letters.slice(from, from + 5).join('')).join('-');
}
