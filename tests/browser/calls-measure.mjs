// How long until one sees the other: run by hand on a quiet machine, after `make build`.
//
//   PARLOR_BIN=… node tests/browser/calls-measure.mjs [calls]
import { agentInCalls, callArgs, visitorInCalls } from './calls.mjs';
import { launchBrowser, startParlor } from './harness.mjs';
import { setUp } from './shop.mjs';

const calls = Number(process.argv[2] ?? 20);
const parlor = await startParlor({ args: ['--calls-listen', '127.0.0.1:0'] });
const shop = await setUp(parlor);
const settings = { ...shop.channel.settings.calls, enabled: true };
await shop.ask('PATCH', `/channels/${shop.channel.id}`, {
  settings: { ...shop.channel.settings, calls: settings },
});
const browser = await launchBrowser(callArgs);
const visitor = await visitorInCalls(browser, parlor.origin, shop.channel.key);
await visitor.page.getByRole('textbox').fill('Hello');
await visitor.page.getByRole('textbox').press('Enter');
const { id } = await shop.conversation('Hello');
const lin = await agentInCalls(browser, parlor.origin, 'lin@example.org');
await lin.page.goto(`${parlor.origin}/inbox/all/${id}`);

const found = { agent: [], visitor: [] };
for (let i = 0; i < calls; i++) {
  await lin.page.getByRole('button', { name: /^Video call/ }).click();
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
for (const [side, all] of Object.entries(found)) {
  all.sort((a, b) => a - b);
  const at = (part) => all[Math.min(all.length - 1, Math.ceil(all.length * part) - 1)];
  console.log(`${side}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${all.at(-1)} ms of ${calls}`);
}
await browser.close();
await parlor.stop();
