// What a first visit downloads, gzipped, against the bars we promise (1 kB = 1000 bytes).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { webRoot } from '../vite.shared.mjs';

const dist = join(webRoot, 'dist');
const gz = (path) => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length;

const built = (app) => JSON.parse(readFileSync(join(webRoot, '.build', `${app}.json`), 'utf8'));

/** The page, its entry, whatever that imports at once, and the largest language it may load. A
    site's own colour needs nothing more. */
function firstLoad(app, language) {
  const manifest = built(app);
  const files = new Set(['index.html']);
  const take = (key) => {
    const chunk = manifest[key];
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const imported of chunk.imports ?? []) take(imported);
  };
  take('index.html');
  let total = 0;
  for (const file of files) total += gz(`${app}/${file}`);
  const languages = Object.entries(manifest)
    .filter(([key, chunk]) => language.test(key) && !files.has(chunk.file))
    .map(([, chunk]) => gz(`${app}/${chunk.file}`));
  return total + Math.max(0, ...languages);
}

const loader = gz('widget.js');
const chat = firstLoad('chat', /^i18n\//);
const lower = gz(`chat/${built('chat')['../core/ladder.ts'].file}`);
const console_ = firstLoad('console', /^i18n\//);

const bars = [
  ['loader', loader, 2_000],
  ['loader + chat first load', loader + chat, 16_000],
  ['where no WebSocket passes', lower, 3_000],
  ['console first load', console_, 120_000],
];

let over = false;
for (const [name, bytes, bar] of bars) {
  if (bytes > bar) over = true;
  const kB = (n) => `${(n / 1000).toFixed(2)} kB`.padStart(10);
  console.log(`${name.padEnd(26)}${kB(bytes)} of ${kB(bar)}${bytes > bar ? '   TOO LARGE' : ''}`);
}
if (over) process.exit(1);
