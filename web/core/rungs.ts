// The ways a line can go, the best first, and what is known of them.

export const webSocket = 0;
export const stream = 1;
export const poll = 2;
export type Rung = typeof webSocket | typeof stream | typeof poll;

/** Where the session keeps it. */
export const wayKey = 'parlor.way';
/** Tries without a welcome: one may be chance. */
export const missesMax = 2;
