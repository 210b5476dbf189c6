// Of what two browsers send, one in twenty is lost: what is sent again, and whether the recording decodes. By hand, as root, in a
// network of its own:
//
//   PARLOR_BIN=… unshare -n node tests/browser/calls-loss.mjs [seconds]
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { agentInCalls, allowCalls, callArgs, visitorInCalls } from './calls.mjs';
import { launchBrowser, startParlor } from './harness.mjs';
import { setUp } from './shop.mjs';

const seconds = Number(process.argv[2] ?? 30);
const port = 19_998;
function does(command, ...args) {
  const done = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(done.status, 0, `${command} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}
const rule = (...words) => does('nft', ...words.join(' ').split(' '));

// A card of its own: with nothing but the loopback Chromium prefers TCP.
for (const words of [
  'link set lo up',
  'link add office type veth peer name street',
  'link set street up',
  'address add 10.99.0.1/24 dev office',
  'link set office up',
  'route add default dev office',
]) {
  does('ip', ...words.split(' '));
}
const parlor = await startParlor({ args: ['--calls-listen', `10.99.0.1:${port}`] });
const shop = await setUp(parlor);
await allowCalls(shop, { recording: 'always' });
const browser = await launchBrowser(callArgs);
const visitor = await visitorInCalls(browser, parlor.origin, shop.channel.key);
await visitor.page.getByRole('textbox').fill('Hello');
await visitor.page.getByRole('textbox').press('Enter');
const { id } = await shop.conversation('Hello');
const lin = await agentInCalls(browser, parlor.origin, 'lin@example.org');
await lin.page.goto(`${parlor.origin}/inbox/all/${id}`);
for (const { page } of [lin, visitor]) {
  await page.evaluate(() => {
    window.picture = { width: 640, height: 480, frameRate: 30 };
  });
}
await lin.page.locator('.talk-call-video').click();
await visitor.answer();
await Promise.all([lin.sees(), visitor.sees()]);

rule('add table inet loss');
rule('add chain inet loss in { type filter hook input priority 0 ; }');
rule('add rule inet loss in udp dport', port, 'numgen random mod 100 < 5 counter drop');
await pause(seconds * 1_000);
const lost = Number(/counter packets (\d+)/.exec(rule('list chain inet loss in'))[1]);
const sent = await Promise.all(
  [lin, visitor].map(({ page }) =>
    page.evaluate(async () => {
      const report = await window.peers.at(-1).getStats();
      const sum = { packets: 0, again: 0 };
      for (const entry of report.values()) {
        if (entry.type !== 'outbound-rtp') continue;
        sum.packets += entry.packetsSent;
        sum.again += entry.retransmittedPacketsSent ?? 0;
      }
      return sum;
    }),
  ),
);
await Promise.all([lin.sees('pictures, still'), visitor.sees('pictures, still')]);
rule('delete table inet loss');
await lin.hangUp();
const [call] = (await shop.get(`/conversations/${id}/calls`)).items;
const recording = await shop.until(
  async () =>
    (await shop.get(`/calls/${call.id}/recordings`)).items.find((one) => one.ended_at) ?? undefined,
);

const cookie = (await lin.context.cookies())
  .map(({ name, value }) => `${name}=${value}`)
  .join('; ');
const exported = await fetch(`${parlor.origin}/api/v1/recordings/${recording.id}/export`, {
  headers: { cookie },
});
assert(exported.ok, `${exported.status}`);
const scratch = mkdtempSync(join(tmpdir(), 'parlor-loss-'));
const file = join(scratch, 'call.webm');
writeFileSync(file, Buffer.from(await exported.arrayBuffer()));
// In the file's own time: frames that came unevenly would not fit an even rate.
const asIs = ['-map', '0', '-fps_mode', 'passthrough', '-enc_time_base:v', '1:1000'];
const decoded = spawnSync('ffmpeg', ['-v', 'error', '-i', file, ...asIs, '-f', 'null', '-'], {
  encoding: 'utf8',
});
rmSync(scratch, { recursive: true });
const all = sent.reduce((sum, { packets }) => sum + packets, 0);
const again = sent.reduce((sum, one) => sum + one.again, 0);
console.log(
  `${all} packets sent, ${lost} lost, ${again} sent again: ${(again / lost).toFixed(2)} for each lost; ${recording.duration_ms / 1000} s recorded, decoders complain of ${decoded.stderr || 'nothing'}`,
);
await browser.close();
await parlor.stop();
