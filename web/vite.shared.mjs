// What every Vite run here (four builds and the tests) has in common.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const webRoot = fileURLToPath(new URL('.', import.meta.url));

export const oxc = { jsx: { runtime: 'automatic', importSource: 'preact' } };

// Headless component libraries ask for React; they get Preact.
export const alias = {
  'react-dom/client': 'preact/compat/client',
  'react-dom': 'preact/compat',
  'react/jsx-runtime': 'preact/jsx-runtime',
  react: 'preact/compat',
};

/**
 * Token values for code that runs without ui/tokens.css: `virtual:tokens` has --on-accent as
 * `onAccentLight` and `onAccentDark`; in a sheet imported with `?inline`, var(--danger) becomes its
 * light value.
 */
export function tokens() {
  const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const css = readFileSync(new URL('ui/tokens.css', import.meta.url), 'utf8');
  const values = new Map(
    [...css.matchAll(/--([\w-]+): (.*)light-dark\((#\w+), (#\w+)\);/g)].map(
      ([, name, before, light, dark]) => [name, { light: before + light, dark: before + dark }],
    ),
  );
  return {
    name: 'tokens',
    enforce: 'pre',
    // Whatever follows a slash only keeps two importers from sharing a module, and thus a chunk.
    resolveId: (source) => (/^virtual:tokens\b/.test(source) ? `\0${source}` : undefined),
    load: (source) =>
      source.startsWith('\0virtual:tokens')
        ? [...values]
            .flatMap(([name, { light, dark }]) => [
              `export const ${camel(name)}Light = '${light}';`,
              `export const ${camel(name)}Dark = '${dark}';`,
            ])
            .join('\n')
        : undefined,
    transform: (code, source) =>
      source.endsWith('.css?inline')
        ? code.replace(/var\(--([\w-]+)\)/g, (all, name) => values.get(name)?.light ?? all)
        : undefined,
  };
}
