import { expect, it } from 'vitest';
import { fakeClock } from '../core/fake-clock';
import type { Stroke } from '../protocol/calls';
import { createBoard, createPen, thin } from './strokes';

const on = 'leg_2/camera';

function desk() {
  const clock = fakeClock();
  const frames: Stroke[] = [];
  const kept: Stroke[] = [];
  let ids = 0;
  const board = createBoard(clock, () => {});
  const pen = createPen({
    clock,
    uuid: () => `s${++ids}`,
    show(stroke) {
      frames.push(stroke);
      board.take('leg_1', stroke);
    },
    keep: (stroke) => kept.push(stroke),
  });
  return { clock, frames, kept, board, pen };
}

it('shows a line while it is drawn, at most 30 times a second, and keeps it whole', async () => {
  const { clock, frames, kept, board, pen } = desk();
  pen.begin(on, 'pen', 'c', [0.1, 0.1]);
  expect(frames).toHaveLength(1);
  for (let i = 1; i <= 100; i++) {
    pen.move([0.1 + i / 1000, 0.1]);
    await clock.advance(10);
  }
  pen.end();
  expect(frames.length).toBeLessThanOrEqual(30);
  expect(board.of(on)[0]?.stroke.points).toHaveLength(101);
  expect(kept).toHaveLength(1);
  expect(kept[0]?.points).toHaveLength(101);
  expect(frames.at(-1)?.done).toBe(true);
});

it('never sends more than 200 points in a frame, and loses none', () => {
  const { frames, kept, board, pen } = desk();
  pen.begin(on, 'pen', 'c', [0, 0]);
  for (let i = 1; i < 900; i++) pen.move([i / 900, 0]);
  pen.end();
  expect(Math.max(...frames.map(({ points }) => points.length))).toBeLessThanOrEqual(200);
  expect(board.of(on)[0]?.stroke.points).toHaveLength(900);
  expect(kept[0]?.points.length).toBeLessThanOrEqual(200);
});

it('moves the end of an arrow instead of adding to it', () => {
  const { board, pen } = desk();
  pen.begin(on, 'arrow', 'c', [0, 0]);
  pen.move([0.5, 0.5]);
  pen.move([0.9, 2]);
  pen.end();
  expect(board.of(on)[0]?.stroke.points).toEqual([
    [0, 0],
    [0.9, 1],
  ]);
});

it('takes back its own last stroke, not that of others', () => {
  const { board, pen } = desk();
  board.take('leg_2', { id: 's1', on, tool: 'box', colour: 'c', points: [[0, 0]], done: true });
  pen.begin(on, 'pen', 'c', [0, 0]);
  pen.end();
  expect(board.of(on)).toHaveLength(2);
  pen.undo();
  expect(board.of(on).map(({ leg }) => leg)).toEqual(['leg_2']);
  expect(pen.canUndo).toBe(false);
  pen.clear(on);
  expect(board.of(on)).toEqual([]);
});

it('lets a pointer lapse after a second, and does not keep it', async () => {
  const { clock, kept, board, pen } = desk();
  pen.begin(on, 'pointer', 'c', [0, 0]);
  await clock.advance(600);
  pen.move([0.2, 0.2]);
  await clock.advance(900);
  expect(board.of(on)).toHaveLength(1);
  await clock.advance(200);
  expect(board.of(on)).toHaveLength(0);
  pen.end();
  expect(kept).toEqual([]);
});

it('freezes for all until somebody lets go', () => {
  const { board, pen } = desk();
  pen.freeze(on, true);
  expect(board.frozen(on)).toBe(true);
  board.take('leg_2', {
    id: 'x',
    on,
    tool: 'freeze',
    colour: '',
    points: [],
    done: true,
    undo: true,
  });
  expect(board.frozen(on)).toBe(false);
});

it('forgets the pictures of who left', () => {
  const { board, pen } = desk();
  pen.begin(on, 'pen', 'c', [0, 0]);
  pen.end();
  pen.begin('leg_3/screen', 'pen', 'c', [0, 0]);
  pen.end();
  board.forget('leg_2');
  expect(board.of(on)).toEqual([]);
  expect(board.of('leg_3/screen')).toHaveLength(1);
});

it('thins evenly and keeps the end', () => {
  const points = Array.from({ length: 1000 }, (_, i): [number, number] => [i, 0]);
  const left = thin(points);
  expect(left.length).toBeLessThanOrEqual(200);
  expect(left[0]).toEqual([0, 0]);
  expect(left.at(-1)).toEqual([999, 0]);
});
