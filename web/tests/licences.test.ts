import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { webRoot } from '../vite.shared.mjs';

// The same list as deny.toml, for what the binary carries of npm. Tools that stay on our machines
// (`dev`) may have any licence.
const allowed = new Set(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'Zlib']);

interface Locked {
  readonly dev?: boolean;
  readonly license?: string;
}

const lock: { packages: Record<string, Locked> } = JSON.parse(
  readFileSync(join(webRoot, 'package-lock.json'), 'utf8'),
);
const shipped = Object.entries(lock.packages).filter(
  ([path, { dev }]) => path.startsWith('node_modules/') && !dev,
);

/** `(MIT OR GPL-3.0) AND ISC`: of every part at least one choice is ours to take. */
const acceptable = (expression: string): boolean =>
  expression
    .split(' AND ')
    .every((part) => part.split(' OR ').some((id) => allowed.has(id.replace(/[()]/g, '').trim())));

it('ships something', () => expect(shipped.length).toBeGreaterThan(0));

it.each(shipped)('%s has a licence we accept', (_, { license }) => {
  expect(license ?? 'none').toSatisfy(acceptable);
});

it('reads licence expressions', () => {
  expect(acceptable('(MIT OR GPL-3.0-only)')).toBe(true);
  expect(acceptable('MIT AND GPL-3.0-only')).toBe(false);
});
