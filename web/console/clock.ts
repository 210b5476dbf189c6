import { signal } from '@preact/signals';
import type { Clock } from '../core/clock';

/** The one place of the console that asks the browser for the time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const minute = signal(systemClock.now());
setInterval(() => {
  minute.value = systemClock.now();
}, 30_000);

/** For "5 minutes ago": good to half a minute, and whatever shows it follows. */
export const now = (): number => Math.max(minute.value, 0);
