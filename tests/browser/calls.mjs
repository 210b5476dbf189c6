// People in calls: browsers with a test card for a camera and a tone for a microphone, and what
// their connections measure.
import assert from 'node:assert/strict';
import { openPerson } from './harness.mjs';
import { signInAs } from './shop.mjs';

/** The shop's channel has calls of this kind. */
export const allowCalls = ({ ask, channel: { id, settings } }, calls) =>
  ask('PATCH', `/channels/${id}`, {
    settings: { ...settings, calls: { ...settings.calls, enabled: true, ...calls } },
  });

/** Real browsers, made-up devices. Calls stay on this machine's loopback. */
export const callArgs = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

/** Remembers every connection, and asks for small pictures: several browsers share this machine. */
function watch() {
  window.peers = [];
  window.readyAt = 0;
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(config) {
      super({ ...config, ...window.peerConfig });
      window.peers.push(this);
    }

    async setRemoteDescription(answer) {
      await super.setRemoteDescription(answer);
      window.readyAt = Date.now();
    }
  };
  const small = { width: 320, height: 240, frameRate: 15 };
  const devices = navigator.mediaDevices;
  const real = devices?.getUserMedia.bind(devices);
  if (!real) return;
  devices.getUserMedia = (wish) =>
    window.refuseDevices
      ? Promise.reject(new DOMException('no', window.refuseDevices))
      : real({ ...wish, video: wish.video && (window.picture ?? small) });
}

/** What the newest open connection has received and sent so far. */
function measure() {
  const peer = window.peers.filter((one) => one.connectionState !== 'closed').pop();
  if (!peer) return undefined;
  return peer.getStats().then((report) => {
    const sum = { frames: 0, samples: 0, energy: 0, up: 0, ice: peer.iceConnectionState };
    for (const entry of report.values()) {
      if (entry.type === 'transport') sum.cipher = entry.srtpCipher;
      if (entry.type === 'inbound-rtp' && entry.kind === 'video') sum.frames += entry.framesDecoded;
      if (entry.type === 'inbound-rtp' && entry.kind === 'audio') {
        sum.samples += entry.totalSamplesReceived ?? 0;
        sum.energy += entry.totalAudioEnergy ?? 0;
      }
      if (entry.type === 'outbound-rtp') sum.up += entry.packetsSent;
    }
    return sum;
  });
}

/** From now on `window.drawnAt` says when the first stroke came, unless it is there already. */
function noteStrokes() {
  const context = CanvasRenderingContext2D.prototype;
  const real = context.stroke;
  context.stroke = function stroke() {
    window.drawnAt ??= Date.now();
    return real.call(this);
  };
}

/** When the newest call's other side was seen first: `[ready here, first picture here]`; ready: it has the server's answer. */
const firstPicture = () =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      const video = document.querySelector('.call-main .call-tile:not(.own) video');
      if (!video?.getVideoPlaybackQuality().totalVideoFrames) return;
      clearInterval(timer);
      resolve([window.readyAt, Date.now()]);
    }, 4);
  });

function withCalls(person) {
  const { page } = person;
  const until = async (what, look) => {
    for (const end = Date.now() + 15_000; ; ) {
      const found = await look();
      if (found) return found;
      assert(Date.now() < end, `waited 15 s for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  };
  const measured = () => page.evaluate(measure);
  return Object.assign(person, {
    until,
    measured,
    firstPicture: () => page.evaluate(firstPicture),
    noteStrokes: () => page.evaluate(noteStrokes),
    room: page.locator('.call'),
    ring: page.locator('.call-ring'),
    /** Pictures keep coming, from now on. */
    async sees(what = 'pictures') {
      const before = (await measured())?.frames ?? 0;
      await until(what, async () => ((await measured())?.frames ?? 0) > before + 5);
    },
    async hears(what = 'a tone') {
      const before = (await measured())?.energy ?? 0;
      await until(what, async () => ((await measured())?.energy ?? 0) > before + 1e-6);
    },
    press: (label) => page.locator('.call').getByRole('button', { name: label }).click(),
    answer: () =>
      page
        .locator('.call-ring')
        .getByRole('button', { name: /^(Answer|接听)$/ })
        .click(),
    hangUp: () => page.locator('.call-end').click(),
    async nothing() {
      await page.locator('.call, .call-ring').first().waitFor({ state: 'detached' });
    },
  });
}

export async function agentInCalls(browser, origin, email, options) {
  const person = await openAgent(browser, origin, email, options);
  return withCalls(person);
}

async function openAgent(browser, origin, email, options) {
  const person = await signInAs(browser, origin, email, options);
  await person.context.addInitScript(watch);
  await person.context.grantPermissions(['camera', 'microphone'], { origin });
  await person.page.reload();
  await person.page.locator('.list').waitFor();
  return person;
}

export async function visitorInCalls(browser, origin, key, options) {
  const person = await openPerson(browser, origin, options);
  person.page.setDefaultTimeout(10_000);
  await person.context.addInitScript(watch);
  await person.context.grantPermissions(['camera', 'microphone'], { origin });
  await person.page.goto(`${origin}/c/${key}`);
  return withCalls(person);
}
