// One line to the server: greets, resumes after the last event it handed on, notices silence, and
// comes back after every failure. It hands each event on exactly in the order of the server.
import type { ClientFrame, ServerFrame, Welcome } from '../protocol/frames';
import { backoff, type Clock } from './clock';
import { ApiError } from './http';

/** `offline`: we gave up hoping that it is a hiccup (still trying). `refused`: a new session is
    needed, then `connect()`. */
export type ConnectionState = 'connecting' | 'live' | 'offline' | 'refused';

/** The part of WebSocket we use. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

export interface LineOptions<E> {
  open(): Socket;
  clock: Clock;
  random(): number;
  token?(): string | undefined;
  cursor?: string | undefined;
  /** Everything but welcome, live, error and tick; kinds of a newer server too. */
  onEvent(event: E): void;
  /** After `reset`: load the snapshot. Events that come meanwhile wait and follow. A rejection
      closes the line; an ApiError's `retryAfter` is obeyed. */
  onReset(welcome: Welcome): Promise<void>;
  onWelcome?(welcome: Welcome): void;
  onState?(state: ConnectionState): void;
  /** A new cursor, for those who keep it over a reload. */
  onCursor?(cursor: string): void;
}

export interface Line {
  readonly state: ConnectionState;
  readonly cursor: string | undefined;
  connect(): void;
  close(): void;
  /** False if the line is not live: say it again later or never. */
  send(frame: ClientFrame): boolean;
  /** What the browser says. `offline` and `pagehide` give the line up (a page that is put away may
      come back as it was), the others try at once. */
  hint(what: Hint): void;
}

export type Hint = 'online' | 'offline' | 'visible' | 'pagehide' | 'pageshow';

const silenceMs = 60_000;
/** Soon enough to look for another way; then long enough for a slow network. */
const handshakeMs = (failures: number): number => (failures < 2 ? 5_000 : 15_000);
const unauthorised = 4401;
/** Our own frame was at fault or we were too fast: do not hammer. */
const ruleBroken = [1003, 1007, 1008, 1009];
const heldMax = 10_000;

type Frame<E> = ServerFrame<E> & { type: string; cursor?: string };

export function createLine<E extends { type: string }>(options: LineOptions<E>): Line {
  const { clock } = options;
  let state: ConnectionState = 'connecting';
  let cursor = options.cursor;
  let socket: Socket | undefined;
  let failures = 0;
  let heardAt = 0;
  let notBefore = 0;
  let greeted = false;
  let stopRetry: (() => void) | undefined;
  let stopWatch: (() => void) | undefined;
  /** Events that wait for the snapshot; undefined when none is being loaded. */
  let held: Frame<E>[] | undefined;

  function setState(next: ConnectionState): void {
    if (next === state) return;
    state = next;
    options.onState?.(next);
  }

  function setCursor(next: string): void {
    cursor = next;
    options.onCursor?.(next);
  }

  function watch(ms: number): void {
    stopWatch?.();
    stopWatch = clock.after(ms, () => drop(0));
  }

  /** Forgets the socket first, so that nothing it still says is heard. */
  function drop(code: number): void {
    const old = socket;
    socket = undefined;
    held = undefined;
    stopWatch?.();
    if (old) {
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
    }
    if (code === unauthorised) {
      setState('refused');
      return;
    }
    if (ruleBroken.includes(code)) failures = Math.max(failures, 5);
    setState(failures >= 3 || state === 'offline' ? 'offline' : 'connecting');
    const wait = Math.max(backoff(failures, options.random), notBefore - clock.now());
    failures++;
    stopRetry?.();
    stopRetry = clock.after(wait, connect);
  }

  function connect(): void {
    stopRetry?.();
    stopRetry = undefined;
    if (socket) return;
    if (state === 'refused') setState('connecting');
    let opened: Socket;
    try {
      opened = options.open();
    } catch {
      drop(0);
      return;
    }
    socket = opened;
    greeted = false;
    heardAt = clock.now();
    watch(handshakeMs(failures));
    opened.onopen = () => {
      const token = options.token?.();
      write({ type: 'hello', protocol: 1, ...(token && { token }), ...(cursor && { cursor }) });
    };
    opened.onmessage = ({ data }) => {
      heardAt = clock.now();
      if (greeted) watch(silenceMs);
      receive(JSON.parse(String(data)) as Frame<E>);
    };
    opened.onclose = ({ code }) => drop(code);
  }

  function write(frame: ClientFrame): void {
    socket?.send(JSON.stringify(frame));
  }

  function receive(frame: Frame<E>): void {
    if (frame.type === 'welcome') welcome(frame as Welcome);
    else if (frame.type === 'error') obey((frame as { retry_after?: number }).retry_after);
    else if (frame.type === 'tick') return;
    else if (held && frame.cursor) {
      held.push(frame);
      if (held.length > heldMax) drop(1013);
    } else apply(frame);
  }

  function obey(retryAfter: number | undefined): void {
    if (retryAfter) notBefore = clock.now() + retryAfter * 1000;
  }

  function apply(frame: Frame<E>): void {
    if (frame.type === 'live') {
      failures = 0;
      setCursor((frame as { cursor: string }).cursor);
      setState('live');
      return;
    }
    // First the event, then the cursor: one that could not be applied comes again.
    options.onEvent(frame as unknown as E);
    if (frame.cursor) setCursor(frame.cursor);
  }

  function welcome(frame: Welcome): void {
    greeted = true;
    options.onWelcome?.(frame);
    watch(silenceMs);
    if (!frame.reset) return;
    const mine = socket;
    held = [];
    options.onReset(frame).then(
      () => {
        if (socket !== mine || !held) return;
        const events = held;
        held = undefined;
        setCursor(frame.cursor);
        for (const event of events) if (socket === mine) apply(event);
      },
      (error: unknown) => {
        if (socket !== mine) return;
        const problem = error instanceof ApiError ? error : undefined;
        obey(problem?.retryAfter);
        drop(problem?.status === 401 ? unauthorised : 0);
      },
    );
  }

  return {
    get state() {
      return state;
    },
    get cursor() {
      return cursor;
    },
    connect,
    close() {
      drop(unauthorised);
      stopRetry?.();
    },
    send(frame) {
      if (state !== 'live') return false;
      write(frame);
      return true;
    },
    hint(what) {
      if (state === 'refused') return;
      if (what === 'offline' || what === 'pagehide') {
        setState('offline');
        // The timer goes on: some systems say "offline" on a network without internet.
        if (socket) drop(0);
      } else if (socket) {
        // A laptop that slept had no timers: look at the clock instead.
        if (heardAt && clock.now() - heardAt > silenceMs) {
          drop(0);
          connect();
        }
      } else if (clock.now() >= notBefore) {
        connect();
      }
    },
  };
}
