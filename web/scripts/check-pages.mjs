// The content security policy allows no inline script or style and nothing from outside.
// A page that breaks it fails the build, not a customer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const forbidden = [
  [/<script(?![^>]*\bsrc=)[^>]*>/i, 'an inline script'],
  [/<style\b/i, 'an inline style sheet'],
  [/\sstyle\s*=/i, 'a style attribute'],
  [/\son[a-z]+\s*=/i, 'an event handler attribute'],
  [/(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i, 'an address outside this server'],
];

export function checkPages(dist, names) {
  for (const name of names) {
    const html = readFileSync(join(dist, name, 'index.html'), 'utf8');
    for (const [pattern, what] of forbidden) {
      if (pattern.test(html)) throw new Error(`${name}/index.html contains ${what}`);
    }
  }
}
