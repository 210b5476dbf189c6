// Drives the real product with a real browser. Needs the web's node_modules (`npm ci` in web/) and
// Debian's chromium; nothing is downloaded.
//
//   PARLOR_BIN      the binary under test
//   PARLOR_SCREENS  a folder for screenshots; without it none are taken
//   CHROMIUM        another browser than /usr/bin/chromium
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

/** Webhooks of a test are on this machine, which nothing is sent to unless the operator says so. */
export const webhooksHere = '[post]\nallow = ["127.0.0.1/32"]\n';

/**
 * Starts the product on a free port with an empty data folder; resolves once it is healthy. `again`: one that was killed comes
 * back, with its folder and its port.
 */
export async function startParlor({ args = [], env = {}, config, again } = {}) {
  const bin = process.env.PARLOR_BIN;
  assert(bin, 'set PARLOR_BIN to the parlor binary');
  const data = again?.data ?? mkdtempSync(join(tmpdir(), 'parlor-browser-'));
  const port = again?.port || (await freePort());
  if (config) {
    const file = join(data, 'parlor.toml');
    writeFileSync(file, config);
    args = [...args, '--config', file];
  }
  const origin = `http://127.0.0.1:${port}`;
  let log = '';
  const child = spawn(bin, ['serve', '--listen', `127.0.0.1:${port}`, '--data', data, ...args], {
    env: { PARLOR_CALLS_LISTEN: '127.0.0.1:0', ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (text) => (log += text));
  child.stderr.on('data', (text) => (log += text));
  const exited = new Promise((resolve) => child.once('exit', resolve));

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(killer);
    rmSync(data, { recursive: true, force: true });
  };

  for (const deadline = Date.now() + 20_000; ; await pause(50)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`parlor did not become healthy:\n${log}`);
    }
    const healthy = await fetch(`${origin}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) break;
  }
  /** As a power cut does. */
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { origin, port, pid: child.pid, data, log: () => log, stop, kill };
}

export function launchBrowser(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A request to anywhere else must fail even when a test forgets to look.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      ...more,
    ],
  });
}

/**
 * A person at a screen of their own: a fresh browser profile whose every request, error and policy
 * violation is noted. `options` are Playwright's context options (locale, viewport, colorScheme …).
 */
export async function openPerson(browser, origins, options = {}) {
  const allowed = new Set([origins].flat());
  const context = await browser.newContext({ locale: 'en-US', ...options });
  await context.addInitScript({ content: axe.source });
  const strayed = [];
  const complaints = [];
  const note = (url) => {
    const { protocol, origin } = new URL(url);
    if (['data:', 'blob:', 'about:'].includes(protocol)) return;
    if (!allowed.has(origin.replace(/^ws/, 'http'))) strayed.push(url);
  };
  context.on('request', (request) => note(request.url()));
  context.on('page', (page) => {
    page.on('websocket', (socket) => note(socket.url()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // Where from: "a resource answered 409" says nothing without it.
      const { url } = message.location();
      if (message.type() === 'error') complaints.push(`${message.text()} (${url})`);
    });
  });
  const page = await context.newPage();

  return {
    page,
    context,
    /** What the page complained about so far; `quiet()` asserts that it is nothing. */
    complaints,
    strayed,
    stayedHome() {
      assert.deepEqual(strayed, [], 'a request left the origin');
    },
    quiet() {
      assert.deepEqual(complaints, [], 'the page reported errors');
    },
    /** WCAG 2.2 A and AA, on the whole page or below a selector. */
    async accessible(selector) {
      const violations = await page.evaluate(async (root) => {
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
        const found = await window.axe.run(root ?? document, {
          runOnly: { type: 'tag', values: tags },
        });
        return found.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`,
        );
      }, selector);
      assert.deepEqual(violations, [], 'accessibility');
    },
    async screenshot(name) {
      const folder = process.env.PARLOR_SCREENS;
      if (!folder) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
    leave: () => context.close(),
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
