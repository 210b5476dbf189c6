// The line over plain HTTP, as docs/protocol.md has it ("Without WebSocket"): what comes is a streamed
// answer or the answers to polls, what goes are requests, one at a time. To `line.ts` they are sockets.
import type { Clock } from './clock';
import { ApiError, type Http, jsonBody } from './http';
import type { Socket } from './line';
import { eventReader } from './sse';

export interface Closed {
  code: number;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** Nobody of the server said so: it was away, the network was, or something stands between. */
  unexplained?: boolean;
  /** A stream that was fine and then said nothing, not even that it lives. */
  stalled?: boolean;
}

/** The first frame it is given must be the hello. */
export interface Carrier extends Socket {
  onclose: ((event: Closed) => void) | null;
  /** Closes when what was sent is answered. */
  retire(): void;
}

type Frame = { type: string; code?: number; line?: string };
interface Batch {
  line: string;
  batch: number;
  frames: Frame[];
}

const answerMs = 20_000;
/** The server answers after 25 s at the latest. */
const pollMs = 35_000;
/** A lost answer is asked for again until then; the server forgets us after 40 s. */
const askAgainMs = 35_000;
/** The server gives a sign of life every 15 s. */
const stalledMs = 40_000;
/** A timer later than this slept. */
const sleptMs = 5_000;
const framesMax = 64;
/** Of 256 KiB a body may have; a character has three bytes at most. */
const charactersMax = 80_000;

class Stalled extends Error {}

/** What a failure means to a line. */
function closedBy(error: unknown): Closed {
  if (error instanceof Stalled) return { code: 1006, unexplained: true, stalled: true };
  if (!(error instanceof ApiError)) return { code: 1006, unexplained: true };
  const { code, status, retryAfter } = error;
  if (status === 401) return { code: 4401 };
  // Anything else is what a proxy says, or a server that knows no lines.
  const explained = code.startsWith('line.') || [408, 429, 500, 503].includes(status);
  return explained ? { code: 1013, retryAfter } : { code: 1006, unexplained: true };
}

interface Ends {
  /** The line has a name: frames may go. */
  named(line: string): void;
  /** A frame came. */
  say(frame: Frame, text?: string): void;
  over(): boolean;
  /** A frame of our own. */
  post(frame: string): void;
  request(path: string, body: string, until: AbortController): Promise<Response>;
  ask<T>(path: string, body: string, ms: number): Promise<T>;
}

function carrier(
  http: Http,
  clock: Clock,
  run: (hello: string, ends: Ends) => Promise<void>,
): Carrier {
  const asked = new Set<AbortController>();
  let waiting: string[] = [];
  let name: string | undefined;
  let started = false;
  let posting = false;
  let retiring = false;
  let over = false;

  function end(closed?: Closed): void {
    if (over) return;
    over = true;
    for (const request of asked) request.abort();
    if (closed) self.onclose?.(closed);
  }

  /** The server need not wait for our silence. */
  function leave(): void {
    if (over || !name) return;
    const body = `{"line":${JSON.stringify(name)},"frames":[{"type":"close"}]}`;
    http
      .request('POST', '/line/frames', { ...jsonBody({}), body, keepalive: true })
      .catch(() => undefined);
  }

  const request: Ends['request'] = async (path, body, until) => {
    asked.add(until);
    const init = { ...jsonBody({}), body, signal: until.signal };
    return http.request('POST', path, init);
  };

  async function ask<T>(path: string, body: string, ms: number): Promise<T> {
    const until = new AbortController();
    const cancel = clock.after(ms, () => until.abort());
    try {
      const response = await request(path, body, until);
      return (await response.json()) as T;
    } finally {
      cancel();
      asked.delete(until);
    }
  }

  /** As many as one request may carry. */
  function take(): string[] {
    let count = 0;
    let characters = 0;
    for (const frame of waiting.slice(0, framesMax)) {
      characters += frame.length;
      if (count && characters > charactersMax) break;
      count++;
    }
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  }

  async function flush(): Promise<void> {
    if (posting || !name) return;
    posting = true;
    try {
      while (waiting.length && !over) {
        const body = `{"line":${JSON.stringify(name)},"frames":[${take().join()}]}`;
        const { frames } = await ask<{ frames: Frame[] }>('/line/frames', body, answerMs);
        for (const frame of frames) ends.say(frame);
      }
    } catch (error) {
      // Whether they arrived nobody knows: after the next `live` they are sent again.
      end(closedBy(error));
    }
    posting = false;
    if (retiring) self.close();
  }

  const ends: Ends = {
    named(line) {
      name = line;
      flush();
    },
    say(frame, text) {
      if (over) return;
      if (frame.type === 'close') end({ code: frame.code ?? 1006 });
      else self.onmessage?.({ data: text ?? JSON.stringify(frame) });
    },
    over: () => over,
    post(frame) {
      waiting.push(frame);
      flush();
    },
    request,
    ask,
  };

  const self: Carrier = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send(data) {
      if (started) {
        ends.post(data);
        return;
      }
      started = true;
      // Who we are is in the head of each request.
      const { token: _, ...hello } = JSON.parse(data);
      run(JSON.stringify(hello), ends).catch((error) => end(closedBy(error)));
    },
    close() {
      leave();
      end();
    },
    retire() {
      retiring = true;
      if (!posting) self.close();
    },
  };
  return self;
}

export const createStream = (http: Http, clock: Clock): Carrier =>
  carrier(http, clock, async (hello, ends) => {
    const until = new AbortController();
    const { body } = await ends.request('/line/stream', hello, until);
    // A browser that streams no answers.
    if (!body) throw new ApiError('network');
    const reader = body.getReader();
    const read = eventReader();
    let stop: (() => void) | undefined;
    try {
      for (;;) {
        const due = clock.now() + stalledMs;
        const stalled = new Promise<never>((_, reject) => {
          stop = clock.after(stalledMs, () => {
            // A laptop that slept is no proxy's fault.
            reject(clock.now() - due > sleptMs ? new ApiError('network') : new Stalled());
          });
        });
        const { done, value } = await Promise.race([reader.read(), stalled]);
        stop?.();
        if (done) throw new ApiError('network');
        for (const data of read(value)) {
          const frame = JSON.parse(data) as Frame;
          if (frame.type === 'line') ends.named(frame.line ?? '');
          else {
            if (frame.type === 'tick') ends.post('{"type":"tick"}');
            ends.say(frame, data);
          }
          if (ends.over()) return;
        }
      }
    } finally {
      stop?.();
      until.abort();
    }
  });

export const createPoll = (http: Http, clock: Clock): Carrier =>
  carrier(http, clock, async (hello, ends) => {
    let { line, batch, frames } = await ends.ask<Batch>('/line/poll', hello, answerMs);
    ends.named(line);
    let heardAt = clock.now();
    for (;;) {
      for (const frame of frames) ends.say(frame);
      if (ends.over()) return;
      frames = [];
      try {
        const body = JSON.stringify({ line, after: batch });
        ({ batch, frames } = await ends.ask<Batch>('/line/poll', body, pollMs));
        heardAt = clock.now();
      } catch (error) {
        // Lost on its way, to us or from us: the same question has the same answer.
        const lost = closedBy(error).unexplained && clock.now() - heardAt < askAgainMs;
        if (!lost || ends.over()) throw error;
        await new Promise<void>((resolve) => clock.after(1_000, resolve));
        if (ends.over()) return;
      }
    }
  });
