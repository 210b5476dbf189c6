// The line, and messages sent through it: each is settled by the server's ack or reject.
import type { Ack, Reject, SendFrame } from '../protocol/frames';
import type { Receipt } from '../protocol/types';
import { ApiError } from './http';
import { createLine, type Line, type LineOptions } from './line';

export type { ConnectionState, Socket } from './line';
export type ConnectionOptions<E> = LineOptions<E>;

export interface Connection extends Line {
  /** Rejects with code `network` if neither ack nor reject comes. */
  deliver(frame: SendFrame): Promise<Receipt>;
}

const answerMs = 20_000;

interface Waiter {
  resolve(receipt: Receipt): void;
  reject(error: ApiError): void;
  cancel(): void;
}

export function createConnection<E extends { type: string }>(
  options: ConnectionOptions<E>,
): Connection {
  const waiting = new Map<string, Waiter>();

  function settle(frame: Ack | Reject): void {
    const waiter = waiting.get(frame.id);
    if (!waiter) return;
    waiting.delete(frame.id);
    waiter.cancel();
    if (frame.type === 'ack') {
      const { type: _, id, ...receipt } = frame;
      waiter.resolve({ client_id: id, ...receipt });
    } else waiter.reject(new ApiError(frame.code, 422, frame.retry_after));
  }

  const line = createLine<E>({
    ...options,
    onEvent(event) {
      if (event.type === 'ack' || event.type === 'reject') settle(event as unknown as Ack | Reject);
      else options.onEvent(event);
    },
    onState(state) {
      options.onState?.(state);
      if (state === 'live') return;
      for (const { reject, cancel } of waiting.values()) {
        cancel();
        reject(new ApiError('network'));
      }
      waiting.clear();
    },
  });

  return Object.assign(line, {
    deliver: (frame: SendFrame) =>
      new Promise<Receipt>((resolve, reject) => {
        if (!line.send(frame)) {
          reject(new ApiError('network'));
          return;
        }
        const cancel = options.clock.after(answerMs, () => {
          waiting.delete(frame.id);
          reject(new ApiError('network'));
        });
        waiting.set(frame.id, { resolve, reject, cancel });
      }),
  });
}
