// A recorded call from beginning to end, in real browsers: what is asked and kept, what the file is, a server that dies in the
// middle, and the same recordings out of a backup.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { agentInCalls, allowCalls, callArgs, visitorInCalls } from './calls.mjs';
import { launchBrowser, startParlor } from './harness.mjs';
import { password, setUp } from './shop.mjs';

const parlorSays = (...args) => spawnSync(process.env.PARLOR_BIN, args, { encoding: 'utf8' });

/** Its tracks and how long it plays, by ffprobe. */
function probed(file) {
  const asked = [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name:format=duration',
    '-of',
    'json',
  ];
  const { streams, format } = JSON.parse(execFileSync('ffprobe', [...asked, file]));
  const of = (codec) => streams.filter((stream) => stream.codec_name === codec).length;
  return { opus: of('opus'), vp8: of('vp8'), seconds: Number(format.duration) };
}

/** Decodes every frame of every track; what the decoders complain of. */
function complaints(file) {
  // In the file's own time: frames that came unevenly would not fit an even rate.
  const asIs = ['-fps_mode', 'passthrough', '-enc_time_base:v', '1:1000'];
  const args = ['-v', 'error', '-i', file, '-map', '0', ...asIs, '-f', 'null', '-'];
  const { status, stderr } = spawnSync('ffmpeg', args, { encoding: 'utf8' });
  return status ? `exit ${status}: ${stderr}` : stderr;
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('a recorded call', { timeout: 600_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'parlor-recordings-'));
  let parlor;
  let restored;
  let browser;
  let shop;
  let lin;
  let visitor;
  let conversation;
  let cookie;
  /** Recordings that were exported: `{id, file, proof}`. */
  const taken = [];
  const secrets = [];

  const at = (name) => join(scratch, name);
  async function fetched(path, origin = parlor.origin) {
    const answer = await fetch(`${origin}/api/v1${path}`, { headers: { cookie } });
    assert(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return Buffer.from(await answer.arrayBuffer());
  }
  const get = async (path) => JSON.parse(await fetched(path));
  async function signIn() {
    const answer = await fetch(`${parlor.origin}/api/v1/session`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-parlor-request': '1',
        origin: parlor.origin,
      },
      body: JSON.stringify({ email: 'lin@example.org', password }),
    });
    assert(answer.ok, `${answer.status}`);
    cookie = answer.headers.getSetCookie()[0].split(';')[0];
  }
  const newest = async () => (await get(`/conversations/${conversation.id}/calls`)).items[0];
  const recordingOf = (call) =>
    shop.until(async () => {
      const { items } = await get(`/calls/${call}/recordings`);
      return items.length === 1 && items[0].ended_at && items[0];
    });
  async function takeOut({ id }, origin) {
    const [file, proof] = [at(`${id}${restored ? '-restored' : ''}.webm`), at(`${id}.proof`)];
    writeFileSync(file, await fetched(`/recordings/${id}/export`, origin));
    writeFileSync(proof, await fetched(`/recordings/${id}/proof`, origin));
    return { id, file, proof };
  }
  /** Lin calls, the visitor answers, and agrees. */
  async function talk() {
    await lin.page.locator('.talk-call-video').click();
    await visitor.answer();
    await visitor.page.getByRole('button', { name: 'I agree', exact: true }).click();
    await Promise.all([lin.sees('the visitor'), visitor.sees('the agent')]);
  }

  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    await shop.post('/users', { name: 'Wei', email: 'wei@example.org', role: 'agent', password });
    const calls = {
      visitors_may_ask: true,
      video: true,
      recording: 'always',
      consent: 'ask',
      consent_text: 'The law wants us to keep this call for five years. Do you agree?',
      announce_listeners: false,
      agents_may_replay: false,
    };
    await allowCalls(shop, calls);
    await signIn();
    browser = await launchBrowser(callArgs);
    visitor = await visitorInCalls(browser, parlor.origin, shop.channel.key, {
      viewport: { width: 375, height: 700 },
    });
    await visitor.page.getByRole('textbox').fill('May I show you?');
    await visitor.page.getByRole('textbox').press('Enter');
    conversation = await shop.conversation('May I show you?');
    lin = await agentInCalls(browser, parlor.origin, 'lin@example.org', {
      viewport: { width: 1280, height: 800 },
    });
    await lin.page.goto(`${parlor.origin}/inbox/all/${conversation.id}`);
  });
  after(async () => {
    await browser?.close();
    await restored?.stop();
    await parlor?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('lets nothing pass before the visitor agrees, and keeps the moment', async () => {
    await lin.page.locator('.talk-call-video').click();
    await visitor.answer();
    await visitor.page
      .locator('.call-note[data-note="consent"]', { hasText: 'five years' })
      .waitFor();
    await lin.page.locator('.call-note[data-note="waiting"]').waitFor();
    await lin.until('lines', async () => (await lin.measured())?.ice === 'connected');
    await visitor.accessible('.call');
    await visitor.screenshot('recording-consent');
    await lin.screenshot('recording-waiting');
    const [heard, saw] = [await lin.measured(), await visitor.measured()];
    assert.deepEqual([heard.frames, heard.energy, saw.frames, saw.energy], [0, 0, 0, 0]);
    const asked = Date.now();
    await visitor.page.getByRole('button', { name: 'I agree', exact: true }).click();
    await Promise.all([lin.sees('the visitor'), visitor.sees('the agent')]);
    const { recording } = await newest();
    assert.equal(recording.consent, 'agreed');
    assert(Math.abs(recording.at - asked) < 5_000, 'its moment');
    for (const person of [lin, visitor]) await person.page.locator('.call-rec').waitFor();
    await visitor.screenshot('recording-on');
  });

  it('has all who come, and pauses with a reason', async () => {
    const wei = await agentInCalls(browser, parlor.origin, 'wei@example.org');
    await lin.room.getByRole('button', { name: 'Invite a colleague' }).click();
    await lin.page.getByRole('option', { name: /Wei/ }).click();
    await wei.answer();
    await Promise.all([wei.sees(), visitor.sees()]);
    await pause(2_000);
    await lin.room.getByRole('button', { name: 'Recording' }).click();
    await lin.page.getByRole('menuitem', { name: 'Pause', exact: true }).click();
    await lin.page.getByRole('dialog').getByRole('textbox').fill('The card number is read out');
    await lin.screenshot('recording-pause');
    await lin.page.keyboard.press('Enter');
    await visitor.page.locator('.call-rec.paused').waitFor();
    await visitor.screenshot('recording-paused');
    await pause(2_000);
    await lin.room.getByRole('button', { name: 'Recording' }).click();
    await lin.page.getByRole('menuitem', { name: 'Resume recording' }).click();
    await visitor.page.locator('.call-rec:not(.paused)').waitFor();
    await wei.hangUp();
    await wei.leave();
    await pause(2_000);
  });

  it('becomes a file that plays: everybody’s tracks, as long as it was recorded', async () => {
    const { id } = await newest();
    const ice = await lin.page.evaluate(
      async (call) => (await fetch(`/api/v1/calls/${call}/ice`)).json(),
      id,
    );
    secrets.push(ice.servers[0].credential);
    const sdp = await visitor.page.evaluate(() => {
      const { localDescription, remoteDescription } = window.peers.at(-1);
      return localDescription.sdp + remoteDescription.sdp;
    });
    secrets.push(...[...sdp.matchAll(/a=ice-pwd:(\S+)/g)].map(([, password]) => password));
    await lin.hangUp();
    const recording = await recordingOf(id);
    const call = await newest();
    const details = await get(`/recordings/${recording.id}`);
    const [paused] = details.pauses;
    assert.equal(paused.reason, 'The card number is read out');
    // From the consent, when both had lines already, to the end, without the pause.
    const expected = call.ended_at - call.recording.at - (paused.resumed_at - paused.paused_at);
    taken.push(await takeOut(recording));
    const { opus, vp8, seconds } = probed(taken[0].file);
    console.log(`# recorded ${seconds} s of ${expected / 1000} s`);
    assert.deepEqual({ opus, vp8 }, { opus: 3, vp8: 3 });
    assert(Math.abs(seconds * 1000 - expected) <= 500, `${seconds} s instead of ${expected} ms`);
    assert.equal(complaints(taken[0].file), '');
  });

  it('is played in the console, from any place, and who did is kept', async () => {
    await lin.nothing();
    await lin.page.locator('.call-entry').last().getByRole('button').click();
    await lin.page.locator('.recordings').getByRole('button', { name: 'Play' }).click();
    const player = lin.page.locator('.player');
    await player.waitFor();
    await lin.accessible('.player');
    const screens = player.locator('video');
    const names = await player.locator('figcaption').allTextContents();
    assert.deepEqual(names.sort(), ['Lin', 'The customer', 'Wei']);
    const place = player.getByLabel('Place in the recording');
    const last = Number(await place.getAttribute('max'));
    await place.fill(String(Math.round(last / 200) * 100));
    await player.getByRole('button', { name: 'Play' }).click();
    const shows = () =>
      screens.evaluateAll((all) =>
        all.map((video) => [video.currentTime, video.getVideoPlaybackQuality().totalVideoFrames]),
      );
    await lin.until('pictures from the middle', async () =>
      (await shows()).slice(0, 2).every(([second, frames]) => second > last / 2_000 && frames > 3),
    );
    await lin.screenshot('recording-player');
    assert.equal(await player.locator('.player-pauses li').count(), 1);
    await player.getByRole('button', { name: 'Who opened it' }).click();
    await player.getByText('Lin exported it').waitFor();
    await player.getByText('Lin played it').waitFor();
    await lin.screenshot('recording-accesses');
    await lin.page.keyboard.press('Escape');
    await player.waitFor({ state: 'detached' });
    lin.quiet();
    visitor.quiet();
  });

  it('plays up to two seconds before a server that is killed in the middle', async () => {
    await talk();
    const { id, recording } = await newest();
    await pause(6_000);
    const recorded = Date.now() - recording.at;
    await parlor.kill();
    parlor = await startParlor({ again: parlor });
    await signIn();
    const broken = await recordingOf(id);
    assert.equal(broken.end_reason, 'broken_off');
    taken.push(await takeOut(broken));
    const { opus, vp8, seconds } = probed(taken[1].file);
    console.log(`# killed after ${recorded / 1000} s, ${seconds} s play`);
    assert.deepEqual({ opus, vp8 }, { opus: 2, vp8: 2 });
    assert(seconds * 1000 > recorded - 2_000, `${seconds} s of ${recorded} ms`);
    assert.equal(complaints(taken[1].file), '');
    const call = await newest();
    assert.deepEqual([call.state, call.reason], ['ended', 'lost']);
    await lin.page.locator('.call-over').waitFor();
    await lin.screenshot('recording-lost');
  });

  it('leaves no media and no key in the clear on the disk', () => {
    const canaries = [...new Set(secrets)].map((secret) => Buffer.from(secret));
    assert(canaries.length >= 3 && canaries.every(({ length }) => length >= 16));
    for (const { file } of taken) {
      const bytes = readFileSync(file);
      // Frames, whatever their borders: the file is hardly anything else.
      for (let i = 1; i < 40; i++) {
        const from = Math.floor((bytes.length / 40) * i);
        canaries.push(bytes.subarray(from, from + 24));
      }
    }
    const files = filesBelow(parlor.data);
    assert(files.some((path) => /recordings/.test(path)));
    for (const path of files) {
      const bytes = readFileSync(path);
      for (const canary of canaries) assert(!bytes.includes(canary), `in the clear in ${path}`);
    }
    assert(
      readFileSync(taken.at(-1).file).includes(canaries.at(-1)),
      'the search finds what is there',
    );
  });

  it('comes back from a backup elsewhere, and is proven to be what it was', async () => {
    const made = parlorSays('backup', '--data', parlor.data, '--to', at('all.parlor-backup'));
    assert.equal(made.status, 0, made.stderr);
    const elsewhere = mkdtempSync(join(tmpdir(), 'parlor-browser-'));
    const key = join(parlor.data, 'master.key');
    const back = parlorSays(
      'restore',
      at('all.parlor-backup'),
      '--data',
      elsewhere,
      '--key-file',
      key,
    );
    assert.equal(back.status, 0, back.stderr);
    const again = { data: elsewhere, port: 0 };
    writeFileSync(join(elsewhere, 'key.copy'), readFileSync(key), { mode: 0o600 });
    restored = await startParlor({ again, args: ['--key-file', join(elsewhere, 'key.copy')] });
    for (const { id, file, proof } of taken) {
      const copy = await takeOut({ id }, restored.origin);
      assert(readFileSync(copy.file).equals(readFileSync(file)), 'byte for byte');
      const verified = parlorSays('recording', 'verify', copy.file, proof);
      assert.equal(verified.status, 0, verified.stdout + verified.stderr);
      assert.match(verified.stdout, /INTACT/);
    }
    // One bit of a picture.
    const bent = readFileSync(taken[0].file);
    bent[Math.floor(bent.length / 2)] ^= 1;
    writeFileSync(at('bent.webm'), bent);
    const verified = parlorSays('recording', 'verify', at('bent.webm'), taken[0].proof);
    assert.equal(verified.status, 2, verified.stdout);
    assert.match(verified.stdout, /NOT INTACT/);
  });
});
