// The ways below the WebSocket: goes down one when a way does not work, and tries the better ones now
// and then beside the running one. To `line.ts` all of it is one socket.
import type { Http } from './http';
import type { Socket } from './line';
import { type Carrier, type Closed, createPoll, createStream } from './lower';
import { missesMax, poll, type Rung, stream, wayKey, webSocket } from './rungs';
import type { Way } from './way';

interface Frame {
  type: string;
  cursor?: string;
  position?: number;
  reset?: boolean;
}

/** A buffering proxy gives no welcome in this time. */
const welcomeMs = 5_000;
const patientMs = 15_000;
const riseMs = 5 * 60_000;
const riseMaxMs = 60 * 60_000;

function keep(way: Way, rung: Rung): void {
  Object.assign(way, { rung, misses: 0, sure: rung > 0 });
  if (rung) {
    way.riseAfter ??= riseMs;
    way.riseAt ??= way.clock.now() + way.riseAfter;
  } else way.riseAt = way.riseAfter = undefined;
  try {
    const { browser } = way;
    const { sure, riseAt, riseAfter, network } = way;
    const kept = JSON.stringify({ rung, sure, riseAt, riseAfter, network });
    if (rung) browser.sessionStorage.setItem(wayKey, kept);
    else browser.sessionStorage.removeItem(wayKey);
  } catch {
    // Without storage each page finds out by itself.
  }
}

/** HTTP passes at this moment: neither the server nor the network is away. */
const reachable = (way: Way): Promise<boolean> =>
  way.browser.fetch('/healthz').then(
    ({ ok }) => ok,
    () => false,
  );

/** A try ended without a welcome, and nobody said why. */
async function missed(way: Way, rung: Rung): Promise<void> {
  const blame = await reachable(way);
  if (way.rung !== rung) return;
  if (!blame) {
    // The server was away all along: that says nothing about WebSockets.
    if (!way.sure) startOver(way);
  } else if (++way.misses === missesMax) {
    way.misses = 0;
    // Where not even polling works, things have changed: from the top.
    if (rung === poll) startOver(way);
    else way.rung = poll;
  }
}

function startOver(way: Way): void {
  Object.assign(way, { rung: webSocket, misses: 0, sure: false });
}

const carrierOf = ({ browser, clock }: Way, http: Http, rung: Rung): Socket =>
  rung === stream
    ? createStream(http, clock)
    : rung === poll
      ? createPoll(http, clock)
      : (new browser.WebSocket(
          `${browser.location.origin.replace('http', 'ws')}/api/v1/socket`,
        ) as unknown as Socket);

/** Lends `outer` whatever way works. */
export function climb(way: Way, http: Http, outer: Socket): void {
  const { browser, clock } = way;
  let hello: { cursor?: string } | undefined;
  let running: Socket | undefined;
  let rising: Socket | undefined;
  let greeted = false;
  let over = false;
  let stopRise: (() => void) | undefined;
  /** Of the last event that was handed on. */
  let cursor: string | undefined;
  let position = 0;
  /** What a new way tells once more. */
  let known = 0;

  /** Greets by one way. `answer` hears the welcome, or that there is none. */
  function greet(
    rung: Rung,
    answer: (welcome: Frame | undefined, data: string, closed: Closed) => void,
  ): Socket {
    const socket = carrierOf(way, http, rung);
    const fail = (closed: Closed): void => {
      if (over) return;
      stop();
      silence(socket);
      socket.close();
      answer(undefined, '', closed);
    };
    const stop = clock.after(rung === poll ? patientMs : welcomeMs, () =>
      fail({ code: 1006, unexplained: true }),
    );
    socket.onclose = fail;
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (over || frame.type !== 'welcome') return;
      stop();
      answer(frame, String(data), { code: 0 });
    };
    const open = (): void =>
      socket.send(JSON.stringify({ ...hello, ...(cursor ? { cursor } : {}) }));
    socket.onopen = open;
    // What goes by HTTP has nothing to open.
    if (rung) open();
    return socket;
  }

  function follow(socket: Socket, rung: Rung): void {
    running = socket;
    socket.onmessage = ({ data }) => receive(String(data));
    socket.onclose = (closed: Closed) => {
      if (closed.stalled) {
        // It is held back for as long as somebody likes: once is enough.
        way.misses = missesMax - 1;
        missed(way, rung);
      }
      finish(closed);
    };
  }

  function receive(data: string): void {
    const frame = JSON.parse(data) as Frame;
    let handed = data;
    if (frame.type === 'live') {
      // It may be behind what the way before told already.
      if (known && cursor) handed = JSON.stringify({ ...frame, cursor });
      else cursor = frame.cursor;
    } else if (frame.cursor && frame.position) {
      if (frame.position <= known) return;
      ({ cursor, position } = frame);
    }
    outer.onmessage?.({ data: handed });
  }

  function finish({ code, retryAfter }: Closed): void {
    if (over) return;
    end();
    if (retryAfter) {
      outer.onmessage?.({ data: JSON.stringify({ type: 'error', retry_after: retryAfter }) });
    }
    outer.onclose?.({ code });
  }

  function end(): void {
    over = true;
    stopRise?.();
    for (const socket of [running, rising]) {
      if (!socket) continue;
      silence(socket);
      socket.close();
    }
  }

  function planRise(): void {
    if (over || !way.rung) return;
    const wait = Math.max(0, (way.riseAt ?? 0) - clock.now());
    stopRise = clock.after(wait, () => rise(webSocket));
  }

  /** Tries a better way, and from polling then the stream. */
  function rise(to: Rung): void {
    rising = greet(to, (welcome, data) => {
      const better = rising;
      rising = undefined;
      // Only the WebSocket is worth a wait of its own.
      if (!to && !welcome) {
        way.riseAfter = Math.min(riseMaxMs, (way.riseAfter ?? riseMs) * 2);
        way.riseAt = clock.now() + way.riseAfter;
        keep(way, way.rung);
      }
      if (welcome && better) takeOver(better, to, welcome, data);
      else if (!to && way.rung === poll) rise(stream);
      else planRise();
    });
  }

  function takeOver(better: Socket, rung: Rung, welcome: Frame, data: string): void {
    keep(way, rung);
    const lower = running as Carrier;
    follow(better, rung);
    // A snapshot is needed: let the line begin anew, by the better way.
    if (welcome.reset) {
      silence(lower);
      lower.close();
      finish({ code: 1013 });
      return;
    }
    known = position;
    lower.onclose = null;
    // It stays until what was sent by it is answered. Events come by the better way now.
    lower.onmessage = ({ data }) => {
      const { type } = JSON.parse(String(data)) as Frame;
      if (['ack', 'reject', 'error'].includes(type)) outer.onmessage?.({ data });
    };
    lower.retire();
    receive(data);
    planRise();
  }

  outer.send = (data) => {
    if (hello) {
      running?.send(data);
      return;
    }
    hello = JSON.parse(data) as { cursor?: string };
    cursor = hello.cursor;
    const { rung } = way;
    running = greet(rung, (welcome, data, closed) => {
      if (!welcome || !running) {
        if (closed.unexplained) missed(way, rung);
        else if (!way.sure) startOver(way);
        finish(closed);
        return;
      }
      greeted = true;
      keep(way, rung);
      follow(running, rung);
      receive(data);
      planRise();
    });
  };
  outer.close = () => {
    if (!greeted && !over && hello) missed(way, way.rung);
    // Another network comes next: what was true of this one says nothing about it.
    if (!browser.navigator.onLine) way.riseAt = clock.now();
    end();
  };
  // Dropped while this code was on its way.
  if (!outer.onopen) return;
  const { connection } = browser.navigator as { connection?: { type?: string } };
  if (way.sure && way.network !== connection?.type) way.riseAt = clock.now();
  way.network = connection?.type;
  outer.onopen();
}

function silence(socket: Socket): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
}
