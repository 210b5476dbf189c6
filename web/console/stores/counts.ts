// The numbers next to the views. The server counts; we only ask again when something happened.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Clock } from '../../core/clock';
import type { Counts } from '../../protocol/types';

export interface CountsStore {
  readonly value: ReadonlySignal<Counts | undefined>;
  load(): Promise<void>;
  /** Something may have changed: asks soon, and once for many events. */
  touch(): void;
}

const settleMs = 300;
/** Between two questions, however much happens. */
const pauseMs = 2_000;

export function createCounts(api: Api, clock: Clock): CountsStore {
  const value = signal<Counts | undefined>(undefined);
  let waiting = false;
  let asked = Number.NEGATIVE_INFINITY;

  async function load(): Promise<void> {
    asked = clock.now();
    value.value = await api.get<Counts>('/conversations/counts');
  }

  return {
    value,
    load,
    touch() {
      if (waiting) return;
      waiting = true;
      clock.after(Math.max(settleMs, asked + pauseMs - clock.now()), () => {
        waiting = false;
        load().catch(() => undefined);
      });
    },
  };
}
