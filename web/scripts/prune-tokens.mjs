// The chat uses a third of the tokens, and most of those never change. Leaving out the one and
// writing in the others makes its sheets a fifth smaller.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const declaration = /(--[\w-]+):([^;}]*)(?:;|(?=\}))/g;
const use = /var\((--[\w-]+)\)/g;

/** Of every sheet in the folder: constants in their places, custom properties nobody uses gone. */
export function pruneTokens(folder) {
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith('.css'))
    .map((name) => join(folder, name));
  let sheets = paths.map((path) => readFileSync(path, 'utf8'));

  const values = new Map();
  for (const [, name, value] of sheets.join('').matchAll(declaration)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  // One that is said twice depends on something; one made of others may be replaced by a script.
  const constant = (name) => {
    const [value, ...others] = values.get(name) ?? [];
    return value && !others.length && !value.includes('var(') ? value : undefined;
  };
  sheets = sheets.map((css) => css.replace(use, (whole, name) => constant(name) ?? whole));

  for (let before = ''; before !== sheets.join(); ) {
    before = sheets.join();
    const used = new Set(Array.from(before.matchAll(/var\((--[\w-]+)/g), ([, name]) => name));
    sheets = sheets.map((css) =>
      css.replace(declaration, (whole, name) => (used.has(name) ? whole : '')),
    );
  }
  for (const [i, path] of paths.entries()) writeFileSync(path, sheets[i]);
}
