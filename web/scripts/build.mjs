// Builds everything the binary embeds into dist/. A file dist/<path> is served at /assets/<path>,
// except the three index.html files (the chat page, the console, the API reference) and widget.js,
// which have addresses of their own. It is put together elsewhere and moved there when all is well:
// a compiler running at the same time never sees half of it.
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { alias, oxc, tokens, webRoot } from '../vite.shared.mjs';
import { checkPages } from './check-pages.mjs';
import { compressTree } from './compress.mjs';
import { pruneTokens } from './prune-tokens.mjs';

const reports = join(webRoot, '.build');
const dist = join(reports, 'dist');
const finished = join(webRoot, 'dist');

const shared = {
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  oxc,
  resolve: { alias },
  plugins: [tokens()],
};

const common = {
  emptyOutDir: false,
  sourcemap: false,
  assetsInlineLimit: 0,
  reportCompressedSize: false,
};

/** Vite wraps each import() in a helper that preloads what the chunk needs; our lazy chunks need nothing,
    and it is a kilobyte. */
const plainImports = {
  name: 'plain-imports',
  configResolved(config) {
    const at = config.plugins.findIndex(({ name }) => name === 'native:import-analysis-build');
    if (at < 0) throw new Error('Vite renamed the plugin that wraps imports');
    config.plugins.splice(at, 1);
  },
};

/** The page without the spaces between its tags, and without what a page of ours need not say. */
const shortPage = {
  name: 'short-page',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace(/>\s+</g, '><').replaceAll(' crossorigin', ''),
  },
};

/** One HTML app: <folder>/index.html → dist/<name>/, addressed as /assets/<name>/. */
async function buildApp({
  folder,
  name,
  target,
  cssTarget,
  modulePreload,
  plugins = [],
  names = {},
}) {
  await build({
    ...shared,
    plugins: [...shared.plugins, ...plugins],
    root: join(webRoot, folder),
    base: `/assets/${name}/`,
    build: {
      ...common,
      outDir: join(dist, name),
      assetsDir: '',
      target,
      cssTarget,
      modulePreload,
      manifest: 'manifest.json',
      rolldownOptions: { output: names },
      chunkSizeWarningLimit: 2000,
    },
  });
  // For sizes.mjs only: the binary must not embed it.
  renameSync(join(dist, name, 'manifest.json'), join(reports, `${name}.json`));
}

/** The script a customer's page includes: one classic file with a name that never changes. */
async function buildLoader() {
  await build({
    ...shared,
    root: join(webRoot, 'widget'),
    build: {
      ...common,
      outDir: dist,
      target: 'es2020',
      cssTarget: shadowBrowsers,
      rolldownOptions: {
        input: join(webRoot, 'widget/loader.ts'),
        output: { format: 'iife', entryFileNames: 'widget.js' },
      },
    },
  });
  const code = readFileSync(join(dist, 'widget.js'), 'utf8');
  if (/\bimport\s*\(/.test(code)) throw new Error('the loader must be a single file');
}

// Light-dark() and nesting are lowered for these.
const visitorBrowsers = ['chrome80', 'edge80', 'firefox78', 'safari13.1'];
// The loader's own sheet is written for these by hand; lowering would only lengthen it.
const shadowBrowsers = ['chrome100', 'firefox100', 'safari15'];
const agentBrowsers = ['chrome109', 'edge109', 'firefox115', 'safari16'];

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

await buildLoader();
await buildApp({
  folder: 'widget',
  name: 'chat',
  target: 'es2020',
  cssTarget: visitorBrowsers,
  modulePreload: false,
  plugins: [plainImports, shortPage],
  // The page and the entry name them all, so they are short.
  names: {
    entryFileNames: '[hash:6].js',
    chunkFileNames: '[hash:6].js',
    assetFileNames: '[hash:6][extname]',
  },
});
await buildApp({
  folder: 'console',
  name: 'console',
  target: 'es2022',
  cssTarget: agentBrowsers,
  modulePreload: { polyfill: false },
});
await buildApp({
  folder: 'docs',
  name: 'api-docs',
  target: 'es2022',
  cssTarget: agentBrowsers,
  modulePreload: false,
});

pruneTokens(join(dist, 'chat'));
checkPages(dist, ['chat', 'console', 'api-docs']);
compressTree(dist);
rmSync(finished, { recursive: true, force: true });
renameSync(dist, finished);
