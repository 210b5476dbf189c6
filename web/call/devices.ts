// Microphone, camera and screen, and what is wrong when one cannot be had.

export type DeviceProblem =
  /** The page is not https: browsers give nothing. */
  | 'insecure'
  | 'denied'
  | 'noMic'
  | 'noCamera'
  /** Another program holds it. */
  | 'inUse'
  | 'device';

export interface Wish {
  readonly audio: boolean;
  readonly video: boolean;
  readonly mic?: string | undefined;
  readonly camera?: string | undefined;
  readonly facing?: 'user' | 'environment' | undefined;
}

export interface Opened {
  mic?: MediaStreamTrack;
  camera?: MediaStreamTrack;
  problem?: DeviceProblem;
}

export interface Devices {
  open(wish: Wish): Promise<Opened>;
  screen(): Promise<MediaStreamTrack | undefined>;
  list(): Promise<MediaDeviceInfo[]>;
  /** Calls back when something is plugged in or out; the answer ends that. */
  watch(changed: () => void): () => void;
  readonly canShare: boolean;
}

export function problemOf(error: unknown, wish: Wish): DeviceProblem {
  switch ((error as { name?: string }).name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return wish.audio ? 'noMic' : 'noCamera';
    case 'NotReadableError':
    case 'AbortError':
      return 'inUse';
    default:
      return 'device';
  }
}

const microphone = (id: string | undefined): MediaTrackConstraints => ({
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  ...(id && { deviceId: { ideal: id } }),
});

const cameraOf = ({ camera, facing }: Wish): MediaTrackConstraints => ({
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 24, max: 30 },
  ...(camera && { deviceId: { ideal: camera } }),
  ...(facing && { facingMode: { ideal: facing } }),
});

export function browserDevices(browser: Window & typeof globalThis): Devices {
  // Absent on pages without https, whatever the types say.
  const media = browser.navigator.mediaDevices as MediaDevices | undefined;

  async function ask(wish: Wish): Promise<Opened> {
    if (!media?.getUserMedia) return { problem: browser.isSecureContext ? 'device' : 'insecure' };
    const stream = await media.getUserMedia({
      audio: wish.audio && microphone(wish.mic),
      video: wish.video && cameraOf(wish),
    });
    const [mic, camera] = [stream.getAudioTracks()[0], stream.getVideoTracks()[0]];
    return { ...(mic && { mic }), ...(camera && { camera }) };
  }

  async function open(wish: Wish): Promise<Opened> {
    try {
      return await ask(wish);
    } catch (error) {
      if (!wish.audio || !wish.video) return { problem: problemOf(error, wish) };
      // One question first, so that one answer suffices. If it fails, the voice alone is worth a call.
      const voice = await open({ ...wish, video: false });
      if (!voice.mic) return voice;
      const picture = await open({ ...wish, audio: false });
      return { ...voice, ...picture };
    }
  }

  return {
    open,
    canShare: !!media && 'getDisplayMedia' in media,
    async screen() {
      try {
        const stream = await media?.getDisplayMedia({
          video: { frameRate: { ideal: 10, max: 15 } },
          audio: false,
        });
        return stream?.getVideoTracks()[0];
      } catch {
        // Cancelled in the browser's own dialog: they know.
        return undefined;
      }
    },
    list: async () => (await media?.enumerateDevices().catch(() => [])) ?? [],
    watch(changed) {
      media?.addEventListener('devicechange', changed);
      return () => media?.removeEventListener('devicechange', changed);
    },
  };
}
