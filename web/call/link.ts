// The way to the appliance: joins, notices when it breaks, finds another one, and tells how good
// it is. Knows no devices and no screen.
import { backoff, type Clock } from '../core/clock';
import { ApiError, isTransient } from '../core/http';
import type { CallSlot } from '../protocol/calls';
import type { Health, Peer, PeerMaker, Source } from './peer';
import { digest, kbitMax, type Mark, markOf, nextLimit, type Sample } from './quality';
import type { CallRoutes } from './routes';

export type LinkState = 'idle' | 'joining' | 'live' | 'shaky';

export interface LinkOptions {
  readonly call: string;
  readonly routes: CallRoutes;
  readonly clock: Clock;
  readonly connect: PeerMaker;
  random(): number;
  onChange(): void;
  /** The server has no place for us any more: look at the call. */
  onRefused(error: ApiError): void;
}

export interface Link {
  readonly state: LinkState;
  readonly leg: string | undefined;
  readonly slots: readonly CallSlot[];
  readonly peer: Peer | undefined;
  readonly mark: Mark | undefined;
  start(): void;
  hear(slots: readonly CallSlot[]): void;
  put(source: Source, track: MediaStreamTrack | null): void;
  /** The browser says that the network is another one. */
  restart(): void;
  stop(): void;
}

const shakyMs = 1_500;
const answerMs = 6_000;
const lookMs = 2_000;
const looksPerDigest = 5;
/** After so many restarts in vain everything is made anew. */
const restartsMax = 2;

export function createLink(options: LinkOptions): Link {
  const { call, routes, clock } = options;
  let state: LinkState = 'idle';
  let leg: string | undefined;
  let slots: readonly CallSlot[] = [];
  let peer: Peer | undefined;
  let mark: Mark | undefined;
  let failures = 0;
  let joining = false;
  let stopped = false;
  let stopTimer: (() => void) | undefined;
  let stopLook: (() => void) | undefined;
  let sample: Sample | undefined;
  let from: Sample | undefined;
  let looks = 0;
  let limit = kbitMax;
  const tracks = new Map<Source, MediaStreamTrack>();

  function setState(next: LinkState): void {
    if (state === next) return;
    state = next;
    options.onChange();
  }

  function later(ms: number, run: () => void): void {
    stopTimer?.();
    stopTimer = clock.after(ms, run);
  }

  function onHealth(of: Peer | undefined, health: Health): void {
    if (stopped || of !== peer) return;
    if (health === 'live') {
      stopTimer?.();
      failures = 0;
      setState('live');
      if (!stopLook) look();
    } else if (health === 'shaky') {
      setState('shaky');
      later(shakyMs, () => join(true));
    } else if (health === 'broken') {
      setState('shaky');
      join(true);
    }
  }

  async function makePeer(): Promise<Peer> {
    const ice = await routes.ice(call);
    const made: Peer = options.connect(ice, (health) => onHealth(made, health));
    await Promise.all([...tracks].map(([source, track]) => made.put(source, track)));
    return made;
  }

  async function join(restart: boolean): Promise<void> {
    if (joining || stopped) return;
    joining = true;
    stopTimer?.();
    try {
      const kept = restart && failures <= restartsMax ? peer : undefined;
      if (!kept) await renew();
      const mine = peer;
      if (!mine) return;
      const joined = await routes.join(call, await mine.offer(!!kept));
      if (stopped) return;
      await mine.answer(joined.answer);
      leg = joined.leg;
      slots = joined.slots;
      options.onChange();
      // What should come back and does not is tried again.
      if (state !== 'live' || kept) watch();
    } catch (error) {
      refused(error);
    } finally {
      joining = false;
    }
  }

  async function renew(): Promise<void> {
    const made = await makePeer();
    if (stopped) {
      made.close();
      return;
    }
    peer?.close();
    peer = made;
    sample = from = undefined;
    // Tracks that came while it was made.
    for (const [source, track] of tracks) made.put(source, track).catch(() => {});
    options.onChange();
  }

  function watch(): void {
    later(answerMs, () => {
      if (state === 'live') return;
      failures++;
      join(true);
    });
  }

  function refused(error: unknown): void {
    if (stopped) return;
    // What the calls themselves say, as `call.full`, is for the person; the rest passes.
    if (error instanceof ApiError && (!isTransient(error) || error.code.startsWith('call.'))) {
      options.onRefused(error);
      return;
    }
    failures++;
    setState(state === 'live' ? 'shaky' : state);
    const asked = error instanceof ApiError ? error.retryAfter : undefined;
    const wait = asked ? asked * 1000 : 300 + backoff(failures, options.random);
    later(wait, () => join(!!leg));
  }

  /** How it goes, every two seconds. */
  function look(): void {
    stopLook = clock.after(lookMs, async () => {
      const now = await peer?.sample(clock.now()).catch(() => undefined);
      if (stopped) return;
      if (now && state === 'live') take(now);
      look();
    });
  }

  function take(now: Sample): void {
    const before = sample;
    sample = now;
    from ??= now;
    if (!before) return;
    const line = digest(before, now);
    const next = nextLimit(limit, line);
    if (next !== limit) {
      limit = next;
      peer?.limit(limit);
    }
    const said = markOf(line);
    if (said !== mark) {
      mark = said;
      options.onChange();
    }
    if (++looks % looksPerDigest) return;
    // It is a figure, not the call: lost is lost.
    routes.quality(call, digest(from, now)).catch(() => {});
    from = now;
  }

  return {
    get state() {
      return state;
    },
    get leg() {
      return leg;
    },
    get slots() {
      return slots;
    },
    get peer() {
      return peer;
    },
    get mark() {
      return state === 'shaky' ? 'poor' : mark;
    },
    start() {
      if (state !== 'idle') return;
      setState('joining');
      join(false);
    },
    hear(next) {
      slots = next;
      options.onChange();
    },
    put(source, track) {
      if (track) tracks.set(source, track);
      else tracks.delete(source);
      peer?.put(source, track).catch(() => {});
    },
    restart() {
      if (leg) join(true);
    },
    stop() {
      stopped = true;
      stopTimer?.();
      stopLook?.();
      peer?.close();
    },
  };
}
