import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sources, withoutComments } from './sources';

const code = sources(/\.tsx?$/);

/** Who may import whom. The two apps never meet. */
const mayImport: Record<string, readonly string[]> = {
  protocol: ['protocol'],
  core: ['core', 'protocol'],
  ui: ['ui', 'core', 'protocol'],
  call: ['call', 'ui', 'core', 'protocol'],
  widget: ['widget', 'call', 'ui', 'core', 'protocol'],
  console: ['console', 'call', 'ui', 'core', 'protocol'],
  docs: ['docs'],
};

describe('imports point one way', () => {
  it.each(code.map((file) => [file.path, file] as const))('%s', (_, file) => {
    const imports = [
      ...withoutComments(file.text).matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]*)['"]/g),
    ];
    const targets = imports.map(
      ([, to]) => posix.join(posix.dirname(file.path), to ?? '').split('/')[0],
    );
    expect(targets.filter((to) => !mayImport[file.part]?.includes(to ?? ''))).toEqual([]);
  });
});

describe('core knows no DOM and no clock of its own', () => {
  const dom =
    /(?<![.\w'"`])(document|window|navigator|location|localStorage|sessionStorage)\b(?!\s*[:?'"`])|\b(HTML\w*Element|Date\.now|performance\.now|Math\.random)\b|new Date\(\)/g;
  it.each(
    code
      .filter((file) => ['core', 'protocol'].includes(file.part) && !/\.test\./.test(file.path))
      .map((file) => [file.path, file] as const),
  )('%s', (_, file) => {
    expect(withoutComments(file.text).match(dom) ?? []).toEqual([]);
  });
});
