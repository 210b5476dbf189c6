/** Time as it is handed to everything in core; `systemClock` is the one of the browser. */
export interface Clock {
  now(): number;
  /** Calls back once; the answer cancels. */
  after(ms: number, run: () => void): () => void;
}

/** Waits, for code that is easier to read as a sequence. */
export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

/** Full jitter: a random time between nothing and min(30 s, 0.5 s · 2ⁿ). */
export const backoff = (failures: number, random: () => number): number =>
  random() * Math.min(30_000, 500 * 2 ** failures);
