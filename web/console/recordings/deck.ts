// Several files that run as one: a time of its own, which all of them follow. No DOM beyond what a media element says.

/** As much of a media element as is needed. */
export interface Player {
  currentTime: number;
  playbackRate: number;
  readonly paused: boolean;
  readonly readyState: number;
  play(): Promise<void>;
  pause(): void;
}

interface Track {
  readonly player: Player;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Apart by so much, one is put in its place; by less, it runs faster or slower until it is there. */
const jumpMs = 350;
const apartMs = 40;
const nudge = 0.06;
/** `HTMLMediaElement.HAVE_FUTURE_DATA` */
const enough = 3;

export class Deck {
  readonly #tracks = new Map<string, Track>();
  readonly #now: () => number;
  #positionMs = 0;
  #since: number;
  #playing = false;
  rate = 1;
  durationMs: number;

  constructor(durationMs: number, now: () => number) {
    this.durationMs = durationMs;
    this.#now = now;
    this.#since = now();
  }

  add(key: string, player: Player, fromMs: number, untilMs: number): void {
    this.#tracks.set(key, { player, fromMs, untilMs });
  }

  remove(key: string): void {
    this.#tracks.delete(key);
  }

  get playing(): boolean {
    return this.#playing;
  }

  get positionMs(): number {
    return this.#positionMs;
  }

  /** Whether it waits for a file. */
  get waiting(): boolean {
    return this.#playing && this.#current().some(({ player }) => player.readyState < enough);
  }

  play(): void {
    if (this.#positionMs >= this.durationMs) this.#positionMs = 0;
    this.#playing = true;
    this.#since = this.#now();
    this.tick();
  }

  pause(): void {
    this.#playing = false;
    for (const { player } of this.#tracks.values()) player.pause();
  }

  seek(ms: number): void {
    this.#positionMs = Math.min(Math.max(0, ms), this.durationMs);
    this.#since = this.#now();
    for (const { player, fromMs, untilMs } of this.#tracks.values()) {
      player.currentTime = Math.min(Math.max(this.#positionMs, fromMs), untilMs) / 1_000;
    }
    this.tick();
  }

  /** To be called some times a second. */
  tick(): void {
    const now = this.#now();
    if (this.#playing && !this.waiting) this.#positionMs += (now - this.#since) * this.rate;
    this.#since = now;
    if (this.#positionMs >= this.durationMs) {
      this.#positionMs = this.durationMs;
      this.pause();
      return;
    }
    if (!this.#playing) return;
    for (const track of this.#tracks.values()) this.#follow(track);
  }

  #current(): Track[] {
    const here = ({ fromMs, untilMs }: Track): boolean =>
      fromMs <= this.#positionMs && this.#positionMs < untilMs;
    return [...this.#tracks.values()].filter(here);
  }

  #follow({ player, fromMs, untilMs }: Track): void {
    if (this.#positionMs < fromMs || this.#positionMs >= untilMs) {
      if (!player.paused) player.pause();
      return;
    }
    const apart = player.currentTime * 1_000 - this.#positionMs;
    const waits = player.readyState < enough;
    if (!waits && Math.abs(apart) > jumpMs) player.currentTime = this.#positionMs / 1_000;
    const late = apart < -apartMs;
    const early = apart > apartMs;
    player.playbackRate = this.rate * (late ? 1 + nudge : early ? 1 - nudge : 1);
    // Refused without a gesture: the button is still there.
    if (player.paused) player.play().catch(() => undefined);
  }
}
