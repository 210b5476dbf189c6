import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { webRoot } from '../vite.shared.mjs';

export interface SourceFile {
  /** Relative to web/, with forward slashes. */
  readonly path: string;
  /** The first folder of the path. */
  readonly part: string;
  readonly text: string;
}

const parts = ['protocol', 'core', 'ui', 'call', 'widget', 'console', 'docs'];

/** Every file of ours that ends up in a browser, and its unit tests. */
export function sources(extensions: RegExp): SourceFile[] {
  return readdirSync(webRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && parts.includes(entry.name))
    .flatMap((part) =>
      readdirSync(join(webRoot, part.name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && extensions.test(entry.name))
        .map((entry) => {
          const path = join(entry.parentPath, entry.name);
          return {
            path: relative(webRoot, path).split(sep).join('/'),
            part: part.name,
            text: readFileSync(path, 'utf8'),
          };
        }),
    );
}

/** Good enough for our own code: it does not know strings that contain comment marks. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
