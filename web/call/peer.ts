// One connection to the appliance: places in a fixed order, offered once, filled by replaceTrack.
import type { CallIce } from '../protocol/calls';
import { kbitMax, type Sample, sampleOf, shrinkFor } from './quality';

/** Places for people; one more shows whoever shares a screen. */
export const people = 4;
export const screenSlot = people;

export type Source = 'mic' | 'camera' | 'screen';

export type Health = 'new' | 'live' | 'shaky' | 'broken';

export interface SlotTracks {
  readonly audio?: MediaStreamTrack;
  readonly video: MediaStreamTrack;
}

export interface Peer {
  readonly slots: readonly SlotTracks[];
  put(source: Source, track: MediaStreamTrack | null): Promise<void>;
  /** `restart` looks for new ways to the server and keeps everything else. */
  offer(restart: boolean): Promise<string>;
  answer(sdp: string): Promise<void>;
  limit(kbit: number): void;
  sample(at: number): Promise<Sample>;
  /** 0 to 1, of the last tenths of a second. */
  loudness(slot: number): number;
  close(): void;
}

export type PeerMaker = (ice: CallIce, onHealth: (health: Health) => void) => Peer;

const healthOf: Partial<Record<RTCIceConnectionState, Health>> = {
  connected: 'live',
  completed: 'live',
  disconnected: 'shaky',
  failed: 'broken',
};

/** What every appliance forwards and every browser has, before what else a browser would like. */
function prefer(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video'): void {
  const first = kind === 'audio' ? 'audio/opus' : 'video/VP8';
  const codecs = RTCRtpReceiver.getCapabilities?.(kind)?.codecs;
  if (!codecs || !transceiver.setCodecPreferences) return;
  const rank = (codec: { mimeType: string }): number => (codec.mimeType === first ? 0 : 1);
  transceiver.setCodecPreferences([...codecs].sort((a, b) => rank(a) - rank(b)));
}

export const browserPeer: PeerMaker = (ice, onHealth) => {
  const connection = new RTCPeerConnection({
    iceServers: ice.servers,
    iceTransportPolicy: ice.policy,
    bundlePolicy: 'max-bundle',
  });
  const add = (kind: 'audio' | 'video', direction: 'sendonly' | 'recvonly'): RTCRtpTransceiver => {
    const transceiver = connection.addTransceiver(kind, { direction });
    prefer(transceiver, kind);
    return transceiver;
  };
  const own: Record<Source, RTCRtpTransceiver> = {
    mic: add('audio', 'sendonly'),
    camera: add('video', 'sendonly'),
    screen: add('video', 'sendonly'),
  };
  const places = Array.from({ length: people }, () => ({
    audio: add('audio', 'recvonly').receiver,
    video: add('video', 'recvonly').receiver,
  }));
  const screen = add('video', 'recvonly').receiver;
  connection.oniceconnectionstatechange = () => {
    const health = healthOf[connection.iceConnectionState];
    if (health) onHealth(health);
  };

  return {
    slots: [
      ...places.map(({ audio, video }) => ({ audio: audio.track, video: video.track })),
      { video: screen.track },
    ],
    put: (source, track) => own[source].sender.replaceTrack(track),
    async offer(restart) {
      const offer = await connection.createOffer({ iceRestart: restart });
      await connection.setLocalDescription(offer);
      return connection.localDescription?.sdp ?? '';
    },
    answer: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    limit(kbit) {
      const { sender } = own.camera;
      const wanted = sender.getParameters();
      const [encoding] = wanted.encodings ?? [];
      if (!encoding) return;
      encoding.maxBitrate = Math.min(kbit, kbitMax) * 1000;
      encoding.scaleResolutionDownBy = shrinkFor(kbit);
      // A browser that refuses keeps what it had.
      sender.setParameters(wanted).catch(() => {});
    },
    async sample(at) {
      return sampleOf((await connection.getStats()).values(), at);
    },
    loudness(slot) {
      const receiver = places[slot]?.audio;
      return receiver?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
    },
    close: () => connection.close(),
  };
};
