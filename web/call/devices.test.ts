import { describe, expect, it } from 'vitest';
import { browserDevices, problemOf } from './devices';

const track = (kind: string) => ({ kind }) as MediaStreamTrack;

/** A browser whose devices answer with a track or fail with an error of that name. */
function browser(has: { audio: string; video: string }, secure = true) {
  const asked: string[] = [];
  const getUserMedia = async (wish: MediaStreamConstraints) => {
    const kinds = (['audio', 'video'] as const).filter((kind) => wish[kind]);
    asked.push(kinds.join('+'));
    const wrong = kinds.map((kind) => has[kind]).find((state) => state !== 'ok');
    if (wrong) throw Object.assign(new Error(wrong), { name: wrong });
    return {
      getAudioTracks: () => (wish.audio ? [track('audio')] : []),
      getVideoTracks: () => (wish.video ? [track('video')] : []),
    };
  };
  const navigator = { mediaDevices: secure ? { getUserMedia } : undefined };
  const window = { isSecureContext: secure, navigator } as unknown as Window & typeof globalThis;
  return { devices: browserDevices(window), asked };
}

const both = { audio: true, video: true };

describe('devices', () => {
  it('are asked for once, if all is well', async () => {
    const { devices, asked } = browser({ audio: 'ok', video: 'ok' });
    const opened = await devices.open(both);
    expect(opened).toEqual({ mic: track('audio'), camera: track('video') });
    expect(asked).toEqual(['audio+video']);
  });

  it('are worth a call without the camera', async () => {
    const { devices } = browser({ audio: 'ok', video: 'NotFoundError' });
    expect(await devices.open(both)).toEqual({ mic: track('audio'), problem: 'noCamera' });
    const held = browser({ audio: 'ok', video: 'NotReadableError' });
    expect(await held.devices.open(both)).toEqual({ mic: track('audio'), problem: 'inUse' });
  });

  it('that are refused are refused once, not twice', async () => {
    const { devices, asked } = browser({ audio: 'NotAllowedError', video: 'NotAllowedError' });
    expect(await devices.open(both)).toEqual({ problem: 'denied' });
    expect(asked).toEqual(['audio+video', 'audio']);
  });

  it('need https, and it says so', async () => {
    const { devices } = browser({ audio: 'ok', video: 'ok' }, false);
    expect(await devices.open(both)).toEqual({ problem: 'insecure' });
  });

  it.each([
    ['SecurityError', 'denied'],
    ['NotFoundError', 'noMic'],
    ['AbortError', 'inUse'],
    ['TypeError', 'device'],
  ])('%s: %s', (name, problem) => {
    expect(problemOf({ name }, both)).toBe(problem);
  });
});
