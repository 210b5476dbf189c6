// What we give into a call: our own microphone, camera and screen.
import type { DeviceProblem, Devices } from './devices';
import type { Source } from './peer';

export interface Chosen {
  readonly mic?: string | undefined;
  readonly camera?: string | undefined;
}

export interface CaptureOptions {
  readonly devices: Devices;
  readonly chosen: Chosen;
  /** Where a track goes, or that there is none any more. */
  put(source: Source, track: MediaStreamTrack | null): void;
  onChange(): void;
  /** The person chose: for the next call too. */
  onChoose(chosen: Chosen): void;
}

export interface Capture {
  readonly mic: MediaStreamTrack | undefined;
  readonly camera: MediaStreamTrack | undefined;
  readonly screen: MediaStreamTrack | undefined;
  readonly muted: boolean;
  readonly facing: 'user' | 'environment';
  readonly problem: DeviceProblem | undefined;
  readonly canShare: boolean;
  /** Several questions to the browser at once would confuse everybody: the second waits. */
  open(wish: { audio: boolean; video: boolean }): Promise<void>;
  mute(muted: boolean): void;
  stopCamera(): void;
  flip(): Promise<void>;
  choose(chosen: Chosen): Promise<void>;
  share(): Promise<void>;
  stopShare(): void;
  list(): Promise<MediaDeviceInfo[]>;
  watch: Devices['watch'];
  stop(): void;
}

export function createCapture(options: CaptureOptions): Capture {
  const { devices, onChange } = options;
  const held: { [S in Source]?: MediaStreamTrack } = {};
  let chosen = options.chosen;
  let muted = false;
  let facing: 'user' | 'environment' = 'user';
  let problem: DeviceProblem | undefined;
  let stopped = false;
  let queue: Promise<void> = Promise.resolve();

  function set(source: Source, track: MediaStreamTrack | undefined): void {
    if (stopped) {
      track?.stop();
      return;
    }
    const before = held[source];
    if (before) {
      before.onended = null;
      before.stop();
    }
    if (track) {
      held[source] = track;
      if (source === 'mic') track.enabled = !muted;
      // Pulled out, taken by a phone call, or ended by the browser's own button.
      track.onended = () => {
        set(source, undefined);
        if (source !== 'screen') problem = 'device';
        onChange();
      };
    } else delete held[source];
    options.put(source, track ?? null);
  }

  async function openNow(wish: { audio: boolean; video: boolean }): Promise<void> {
    const found = await devices.open({
      ...wish,
      ...chosen,
      ...(!chosen.camera && { facing }),
    });
    problem = found.problem;
    if (found.mic) set('mic', found.mic);
    if (found.camera) set('camera', found.camera);
    onChange();
  }

  const open = (wish: { audio: boolean; video: boolean }): Promise<void> => {
    if (!wish.audio && !wish.video) return queue;
    queue = queue.then(() => openNow(wish));
    return queue;
  };

  return {
    get mic() {
      return held.mic;
    },
    get camera() {
      return held.camera;
    },
    get screen() {
      return held.screen;
    },
    get muted() {
      return muted;
    },
    get facing() {
      return facing;
    },
    get problem() {
      return problem;
    },
    canShare: devices.canShare,
    open,
    mute(next) {
      muted = next;
      if (held.mic) held.mic.enabled = !next;
      onChange();
    },
    stopCamera() {
      set('camera', undefined);
      onChange();
    },
    async flip() {
      facing = facing === 'user' ? 'environment' : 'user';
      const { mic } = chosen;
      chosen = { mic };
      // Phones open one camera at a time.
      set('camera', undefined);
      await open({ audio: false, video: true });
    },
    async choose(next) {
      const audio = next.mic !== undefined && next.mic !== chosen.mic;
      const video = next.camera !== undefined && next.camera !== chosen.camera;
      chosen = { ...chosen, ...next };
      options.onChoose(chosen);
      await open({ audio: audio || !held.mic, video: video && !!held.camera });
    },
    async share() {
      const track = await devices.screen();
      if (track) set('screen', track);
      onChange();
    },
    stopShare() {
      set('screen', undefined);
      onChange();
    },
    list: devices.list,
    watch: devices.watch,
    stop() {
      for (const source of ['mic', 'camera', 'screen'] as const) set(source, undefined);
      stopped = true;
    },
  };
}
