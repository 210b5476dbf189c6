// How quickly the console answers with thousands of conversations in the list, on a slow computer.
//
//   PARLOR_BIN=… node tests/browser/measure-inbox.mjs [conversations] [slowdown]
//
// Fills a store through the visitors' door, loads the whole list, and works by keys with the CPU throttled. What the
// browser itself noted of each interaction (event timing: from the key to the next painted frame) is printed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser, startParlor } from './harness.mjs';
import { setUp, signInAs, visitorSays } from './shop.mjs';

const count = Number(process.argv[2] ?? 5_000);
const slowdown = Number(process.argv[3] ?? 4);
const atOnce = 40;

const folder = mkdtempSync(join(tmpdir(), 'parlor-measure-'));
const config = join(folder, 'parlor.toml');
writeFileSync(
  config,
  '[limits]\nnew_visitors = { times = 1000000, seconds = 1 }\nvisitor_requests = { times = 1000000, seconds = 1 }\n',
);

const quantile = (sorted, part) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

function tell(name, all) {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (part) => `${Math.round(quantile(sorted, part) ?? 0)} ms`.padStart(8);
  console.log(
    `${name.padEnd(34)} n ${String(sorted.length).padStart(4)}  p50 ${at(0.5)}  p98 ${at(0.98)}  max ${at(1)}`,
  );
}

const parlor = await startParlor({ args: ['--config', config] });
const browser = await launchBrowser();
try {
  const shop = await setUp(parlor);
  let next = 0;
  const fill = async () => {
    while (next < count) {
      next += 1;
      await visitorSays(parlor.origin, shop.channel.key, `Customer ${next}`, `Question ${next}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, fill));

  const { page } = await signInAs(browser, parlor.origin, 'lin@example.org', {
    viewport: { width: 1280, height: 800 },
  });
  await page.goto(`${parlor.origin}/inbox/all`);
  await page.locator('.row').first().waitFor();
  // Each page asks for the next when its end comes near.
  for (let held = 0, before = -1; held !== before; ) {
    before = held;
    await page.evaluate(() => document.querySelector('.list-scroll').scrollTo(0, 1e9));
    await page.waitForTimeout(400);
    held = await page.evaluate(() => Number(document.querySelector('.row-place').ariaSetSize));
  }
  const held = await page.evaluate(() => document.querySelector('.row-place').ariaSetSize);
  console.log(
    `${held} conversations in the list, ${await page.locator('.row').count()} rows drawn, CPU ${slowdown} times slower`,
  );
  await page.evaluate(() => document.querySelector('.list-scroll').scrollTo(0, 0));
  await page.evaluate(() => {
    window.noted = [];
    new PerformanceObserver((list) =>
      window.noted.push(...list.getEntries().map((e) => ({ name: e.name, ms: e.duration }))),
    ).observe({ type: 'event', durationThreshold: 16 });
  });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown });

  const doing = async (name, keys, times, after = async () => {}) => {
    await page.evaluate(() => {
      window.noted.length = 0;
    });
    for (let n = 0; n < times; n += 1) {
      for (const key of keys) await page.keyboard.press(key);
      await after();
    }
    await page.waitForTimeout(500);
    tell(
      name,
      await page.evaluate(() => window.noted.filter((e) => e.name === 'keydown').map((e) => e.ms)),
    );
  };
  await page.locator('.row').first().focus();
  await doing('j: the next row', ['j'], 60);
  await doing('x: pick', ['x', 'j'], 30);
  await page.keyboard.press('Escape');
  await doing('Ctrl-K and Escape', ['Control+k', 'Escape'], 10, () => page.waitForTimeout(200));
  const opened = [];
  for (let n = 0; n < 20; n += 1) {
    const row = page.locator('.row').nth(2 + (n % 5));
    opened.push(
      await row.evaluate(
        (link) =>
          new Promise((resolve) => {
            const begun = performance.now();
            const id = link.dataset.row;
            const look = () => {
              const talk =
                location.pathname.endsWith(id) && document.querySelector('.talk .bubble');
              if (talk) requestAnimationFrame(() => resolve(performance.now() - begun));
              else requestAnimationFrame(look);
            };
            link.click();
            look();
          }),
      ),
    );
    await page.keyboard.press('Escape');
    await page.waitForTimeout(150);
  }
  tell('a conversation, click to words', opened);
  await doing('e: resolve and the next', ['j', 'Enter'], 1);
  await doing('e', ['e'], 10, () => page.waitForTimeout(400));
} finally {
  await browser.close();
  await parlor.stop();
  rmSync(folder, { recursive: true, force: true });
}
