import { expect, it } from 'vitest';
import { Deck, type Player } from './deck';

class Fake implements Player {
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  readyState = 4;
  async play() {
    this.paused = false;
  }
  pause() {
    this.paused = true;
  }
}

function deck(durationMs = 60_000) {
  let now = 0;
  const made = new Deck(durationMs, () => now);
  const pass = (ms: number, ...players: Fake[]) => {
    for (let left = ms; left > 0; left -= 100) {
      now += 100;
      for (const player of players)
        if (!player.paused && player.readyState > 2)
          player.currentTime += 0.1 * player.playbackRate;
      made.tick();
    }
  };
  return { made, pass };
}

it('runs all of them together, each from when it begins to when it ends', () => {
  const { made, pass } = deck();
  const [all, late] = [new Fake(), new Fake()];
  made.add('a', all, 0, 60_000);
  made.add('b', late, 10_000, 20_000);
  made.play();
  pass(5_000, all, late);
  expect([all.paused, late.paused]).toEqual([false, true]);
  pass(7_000, all, late);
  expect(late.paused).toBe(false);
  expect(Math.abs(late.currentTime - 12)).toBeLessThan(0.2);
  pass(10_000, all, late);
  expect(late.paused).toBe(true);
});

it('waits for whoever has nothing to play yet', () => {
  const { made, pass } = deck();
  const [one, two] = [new Fake(), new Fake()];
  made.add('a', one, 0, 60_000);
  made.add('b', two, 0, 60_000);
  two.readyState = 1;
  made.play();
  pass(3_000, one, two);
  expect(made.positionMs).toBe(0);
  expect(made.waiting).toBe(true);
  two.readyState = 4;
  pass(2_000, one, two);
  expect(made.positionMs).toBe(2_000);
});

it('leads one that is apart back, a little by its pace, much by a jump', () => {
  const { made, pass } = deck();
  const one = new Fake();
  made.add('a', one, 0, 60_000);
  made.play();
  pass(1_000, one);
  one.currentTime -= 0.2;
  made.tick();
  expect(one.playbackRate).toBeGreaterThan(1);
  pass(5_000, one);
  expect(Math.abs(one.currentTime * 1_000 - made.positionMs)).toBeLessThan(60);
  one.currentTime += 3;
  made.tick();
  expect(one.currentTime).toBe(made.positionMs / 1_000);
});

it('ends at the end, begins anew from there, and obeys its speed', () => {
  const { made, pass } = deck(4_000);
  const one = new Fake();
  made.add('a', one, 0, 4_000);
  made.rate = 2;
  made.play();
  pass(2_500, one);
  expect([made.playing, made.positionMs, one.paused]).toEqual([false, 4_000, true]);
  made.play();
  expect(made.positionMs).toBe(0);
  made.seek(99_999);
  expect(made.positionMs).toBe(4_000);
});
