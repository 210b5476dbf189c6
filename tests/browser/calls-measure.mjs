// How long until one sees the other, a third sees anything, a stroke is drawn; what an ICE restart costs, and what the server does for
// a recorded VGA call: run by hand on a quiet machine, with a release build.
//
//   PARLOR_BIN=… node tests/browser/calls-measure.mjs [first|draw|third|restart|vga …]
//
// Without a name all of them; each takes less than a minute.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { agentInCalls, allowCalls, callArgs, visitorInCalls } from './calls.mjs';
import { launchBrowser, startParlor } from './harness.mjs';
import { password, setUp } from './shop.mjs';

const wanted = process.argv.slice(2);
const seconds = 30;
// As one program that calls without end.
const often = '{ times = 1000, seconds = 1 }';
const config = `[limits]\ncall_asks = ${often}\ncall_joins = ${often}\n`;
const parlor = await startParlor({ args: ['--calls-listen', '127.0.0.1:0'], config });
const shop = await setUp(parlor);
await allowCalls(shop, { recording: 'off' });
await shop.post('/users', { name: 'Wei', email: 'wei@example.org', role: 'agent', password });
const browser = await launchBrowser(callArgs);
const visitor = await visitorInCalls(browser, parlor.origin, shop.channel.key);
await visitor.page.getByRole('textbox').fill('Hello');
await visitor.page.getByRole('textbox').press('Enter');
const { id } = await shop.conversation('Hello');
const lin = await agentInCalls(browser, parlor.origin, 'lin@example.org');
await lin.page.goto(`${parlor.origin}/inbox/all/${id}`);

const say = (what, all, unit = 'ms') => {
  all.sort((a, b) => a - b);
  const at = (part) => all[Math.min(all.length - 1, Math.ceil(all.length * part) - 1)];
  console.log(
    `${what}: p50 ${at(0.5)} ${unit}, p95 ${at(0.95)}, max ${all.at(-1)}, of ${all.length}`,
  );
};
async function talk() {
  await lin.page.locator('.talk-call-video').click();
  await visitor.answer();
  await Promise.all([lin.sees(), visitor.sees()]);
}
async function over() {
  await lin.hangUp();
  await visitor.page.locator('.call-over').getByRole('button').click();
  await Promise.all([lin.nothing(), visitor.nothing()]);
}

const parts = {
  async first() {
    const found = { agent: [], visitor: [] };
    for (let i = 0; i < 30; i++) {
      await lin.page.locator('.talk-call-video').click();
      await visitor.ring.waitFor();
      // Who called is ready while it rings.
      await lin.until('the agent’s line', async () => (await lin.measured())?.ice === 'connected');
      const seen = [lin.firstPicture(), visitor.firstPicture()];
      await visitor.answer();
      const [[linReady, linSaw], [visitorReady, visitorSaw]] = await Promise.all(seen);
      const ready = Math.max(linReady, visitorReady);
      found.agent.push(linSaw - ready);
      found.visitor.push(visitorSaw - ready);
      await lin.hangUp();
      await visitor.page.locator('.call-over').getByRole('button').click();
      await Promise.all([lin.nothing(), visitor.nothing()]);
    }
    say('first picture, agent', found.agent);
    say('first picture, visitor', found.visitor);
  },
  async draw() {
    await talk();
    const strokes = [];
    await lin.press(/^Draw/);
    await visitor.noteStrokes();
    const box = await lin.page.locator('.call-main .call-layer').boundingBox();
    for (let i = 0; i < 20; i++) {
      await lin.page.mouse.move(box.x + box.width * (0.3 + i / 100), box.y + box.height / 2);
      await pause(300);
      await visitor.page.evaluate(() => {
        window.drawnAt = undefined;
      });
      const begun = Date.now();
      await lin.page.mouse.down();
      const seen = await visitor.until('the stroke', () =>
        visitor.page.evaluate(() => window.drawnAt),
      );
      strokes.push(seen - begun);
      await lin.page.mouse.up();
    }
    say('a stroke, from the mouse to the other’s canvas', strokes);
    await lin.press('Clear all');
    await over();
  },
  async third() {
    await talk();
    const [answered, ready] = [[], []];
    const wei = await agentInCalls(browser, parlor.origin, 'wei@example.org');
    for (let i = 0; i < 8; i++) {
      await lin.room.getByRole('button', { name: 'Invite a colleague' }).click();
      await lin.page.getByRole('option', { name: /Wei/ }).click();
      await wei.ring.waitFor();
      const [seen, asked] = [wei.firstPicture(), Date.now()];
      await wei.answer();
      const [wasReady, saw] = await seen;
      answered.push(saw - asked);
      ready.push(saw - wasReady);
      await wei.hangUp();
      await wei.nothing();
    }
    await wei.leave();
    say('a third’s first picture after Answer', answered);
    say('a third’s first picture once it has the answer', ready);
    await over();
  },
  async restart() {
    await talk();
    const freezes = (person) =>
      person.page.evaluate(async () => {
        const report = await window.peers.at(-1).getStats();
        return [...report.values()].reduce((sum, entry) => sum + (entry.freezeCount ?? 0), 0);
      });
    const costs = [];
    for (let i = 0; i < 5; i++) {
      const before = await Promise.all([lin, visitor].map(freezes));
      await visitor.page.evaluate(() => window.dispatchEvent(new Event('online')));
      await pause(4_000);
      const after = await Promise.all([lin, visitor].map(freezes));
      costs.push(...after.map((count, n) => count - before[n]));
    }
    say('freezes by an ICE restart', costs, 'freezes');
    await over();
  },
  async vga() {
    await allowCalls(shop, { recording: 'always' });
    for (const { page } of [lin, visitor]) {
      await page.evaluate(() => {
        window.picture = { width: 640, height: 480, frameRate: 30 };
      });
    }
    await talk();
    /** Of all its threads, in seconds; the kernel counts hundredths. */
    const cpu = () => {
      const [user, system] = readFileSync(`/proc/${parlor.pid}/stat`, 'utf8')
        .split(') ')[1]
        .split(' ')
        .slice(11, 13);
      return (Number(user) + Number(system)) / 100;
    };
    await pause(5_000);
    const [before, up] = [cpu(), (await visitor.measured()).up];
    await pause(seconds * 1_000);
    const [used, sent] = [cpu() - before, (await visitor.measured()).up - up];
    const size = await lin.page
      .locator('.call-main .call-tile:not(.own) video')
      .evaluate((video) => [video.videoWidth, video.videoHeight]);
    console.log(
      `a recorded call of ${size.join(' × ')}: ${((used / seconds) * 100).toFixed(2)} % of a core over ${seconds} s, the visitor sends ${Math.round(sent / seconds)} packets/s`,
    );
    await over();
  },
};
for (const [name, measure] of Object.entries(parts)) {
  if (!wanted.length || wanted.includes(name)) await measure();
}
await browser.close();
await parlor.stop();
