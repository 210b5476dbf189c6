// Which way the line goes: a WebSocket, and where something between us and the server lets none pass,
// plain HTTP. The code for that is a chunk of its own, fetched when it is first needed.
import type { Clock } from './clock';
import type { Http } from './http';
import type { Socket } from './line';
import { missesMax, type Rung, stream, wayKey } from './rungs';

/** What outlives a line, and what of it outlives the page. */
export interface Way {
  readonly browser: Window & typeof globalThis;
  readonly clock: Clock;
  rung: Rung;
  /** Tries in a row that this way spoiled, and neither the server nor the network. */
  misses: number;
  /** A welcome came by it, in this page or in the one before. */
  sure?: boolean;
  /** When the better ways are tried again, and how long after that. */
  riseAt?: number | undefined;
  riseAfter?: number | undefined;
  /** The network it was found out on, where the browser tells. */
  network?: string | undefined;
}

export function createWay(way: Way): (http: Http) => Socket {
  const { browser } = way;
  try {
    Object.assign(way, JSON.parse(browser.sessionStorage.getItem(wayKey) as string));
  } catch {
    // Without storage each page finds out by itself.
  }

  function webSocket(): Socket {
    const socket = new browser.WebSocket(
      `${browser.location.origin.replace('http', 'ws')}/api/v1/socket`,
    );
    let heard: unknown;
    socket.addEventListener('message', () => {
      heard = socket;
      way.misses = 0;
    });
    socket.addEventListener('close', ({ code }) => {
      // Every other code is the word of a server that was reached.
      if (heard || code !== 1006) return;
      // Nobody says why: if HTTP passes at this moment, neither the server nor the network is away.
      browser.fetch('/healthz').then(
        ({ ok }) => {
          if (ok && ++way.misses === missesMax) {
            way.rung = stream;
            way.misses = 0;
          }
        },
        () => {},
      );
    });
    return socket as unknown as Socket;
  }

  return (http) => {
    if (!way.rung) return webSocket();
    const socket = { close() {} } as Socket;
    import('./ladder').then(
      ({ climb }) => climb(way, http, socket),
      () => {
        way.rung = 0;
        socket.onclose?.({ code: 1006 });
      },
    );
    return socket;
  };
}
