// What is drawn over the pictures of a call. Pure: time comes in, nothing is painted here.
import type { Clock } from '../core/clock';
import type { Stroke, StrokeTool } from '../protocol/calls';

export type Point = [x: number, y: number];

export interface Drawn {
  readonly leg: string;
  readonly stroke: Stroke;
}

const pointerMs = 1_000;
const pointsMax = 200;
/** A hostile or broken other side must not fill our memory. */
const strokesMax = 500;
const penPointsMax = 4_000;
const flushMs = 40;

export interface Board {
  /** Over one picture, oldest first. */
  of(on: string): readonly Drawn[];
  /** Whether it stands still for all. */
  frozen(on: string): boolean;
  take(leg: string, stroke: Stroke): void;
  /** Who left takes their pictures and pointers with them. */
  forget(leg: string): void;
}

export function createBoard(clock: Clock, onChange: (on: string) => void): Board {
  const all = new Map<string, Drawn[]>();
  const still = new Set<string>();
  const lapses = new Map<string, () => void>();

  const remove = (on: string, keep: (drawn: Drawn) => boolean): void => {
    all.set(on, (all.get(on) ?? []).filter(keep));
  };

  function undo(leg: string, { id, on, tool }: Stroke): void {
    if (tool === 'freeze') still.delete(on);
    else if (id === '*') remove(on, () => false);
    else remove(on, (drawn) => drawn.leg !== leg || drawn.stroke.id !== id);
  }

  function draw(leg: string, stroke: Stroke): void {
    const { on, id, tool } = stroke;
    const held = all.get(on) ?? [];
    const before = held.find((drawn) => drawn.leg === leg && drawn.stroke.id === id);
    const points =
      before && tool === 'pen'
        ? [...before.stroke.points, ...stroke.points].slice(0, penPointsMax)
        : stroke.points;
    const next = { leg, stroke: { ...stroke, points } };
    if (before)
      all.set(
        on,
        held.map((drawn) => (drawn === before ? next : drawn)),
      );
    else all.set(on, [...held, next].slice(-strokesMax));
  }

  function lapse(leg: string, { on, id }: Stroke): void {
    const key = `${on} ${leg} ${id}`;
    lapses.get(key)?.();
    lapses.set(
      key,
      clock.after(pointerMs, () => {
        lapses.delete(key);
        remove(on, (drawn) => drawn.leg !== leg || drawn.stroke.id !== id);
        onChange(on);
      }),
    );
  }

  return {
    of: (on) => all.get(on) ?? [],
    frozen: (on) => still.has(on),
    take(leg, stroke) {
      if (stroke.undo) undo(leg, stroke);
      else if (stroke.tool === 'freeze') still.add(stroke.on);
      else {
        draw(leg, stroke);
        if (stroke.tool === 'pointer') lapse(leg, stroke);
      }
      onChange(stroke.on);
    },
    forget(leg) {
      for (const on of [...all.keys(), ...still]) {
        if (!on.startsWith(`${leg}/`)) continue;
        all.delete(on);
        still.delete(on);
        onChange(on);
      }
    },
  };
}

export interface PenOptions {
  readonly clock: Clock;
  readonly uuid: () => string;
  /** To the others, as it is drawn, and onto our own board. */
  readonly show: (stroke: Stroke) => void;
  /** A finished one, whole, to be kept with the call. */
  readonly keep: (stroke: Stroke) => void;
}

export interface Pen {
  begin(on: string, tool: StrokeTool, colour: string, at: Point, text?: string): void;
  move(at: Point): void;
  end(): void;
  undo(): void;
  clear(on: string): void;
  freeze(on: string, still: boolean): void;
  readonly canUndo: boolean;
}

/** Every second one goes until they fit; the last stays. */
export function thin(points: readonly Point[], max = pointsMax): Point[] {
  let left = [...points];
  while (left.length > max) left = left.filter((_, i) => i % 2 === 0 || i === left.length - 1);
  return left;
}

const rounded = ([x, y]: Point): Point => [
  Math.round(Math.min(1, Math.max(0, x)) * 10_000) / 10_000,
  Math.round(Math.min(1, Math.max(0, y)) * 10_000) / 10_000,
];

export function createPen({ clock, uuid, show, keep }: PenOptions): Pen {
  let stroke: Stroke | undefined;
  /** Of a pen: what was not shown yet. */
  let fresh: Point[] = [];
  let stopFlush: (() => void) | undefined;
  const done: Stroke[] = [];

  function flush(): void {
    stopFlush?.();
    stopFlush = undefined;
    if (!stroke) return;
    const points = stroke.tool === 'pen' ? fresh.splice(0, pointsMax) : stroke.points;
    show({ ...stroke, points });
    if (fresh.length) later();
  }

  function later(): void {
    stopFlush ??= clock.after(flushMs, flush);
  }

  return {
    get canUndo() {
      return done.length > 0;
    },
    begin(on, tool, colour, at, text) {
      const points = [rounded(at)];
      stroke = { id: uuid(), on, tool, colour, points, done: false, ...(text && { text }) };
      fresh = tool === 'pen' ? [...points] : [];
      // The first point at once: a line should start where the finger is.
      flush();
    },
    move(at) {
      if (!stroke) return;
      const point = rounded(at);
      if (stroke.tool === 'pen') {
        stroke.points.push(point);
        fresh.push(point);
      } else if (stroke.tool === 'pointer') stroke.points = [point];
      else stroke.points = [stroke.points[0] ?? point, point];
      later();
    },
    end() {
      if (!stroke) return;
      const finished = { ...stroke, done: true };
      stopFlush?.();
      stopFlush = undefined;
      while (fresh.length > pointsMax) {
        show({ ...finished, done: false, points: fresh.splice(0, pointsMax) });
      }
      show({ ...finished, points: finished.tool === 'pen' ? fresh : finished.points });
      fresh = [];
      stroke = undefined;
      if (finished.tool === 'pointer') return;
      done.push(finished);
      keep({ ...finished, points: thin(finished.points) });
    },
    undo() {
      const last = done.pop();
      if (!last) return;
      const gone = { ...last, points: [], done: true, undo: true };
      show(gone);
      keep(gone);
    },
    clear(on) {
      const gone: Stroke = {
        id: '*',
        on,
        tool: 'pen',
        colour: '',
        points: [],
        done: true,
        undo: true,
      };
      done.length = 0;
      show(gone);
      keep(gone);
    },
    freeze(on, still) {
      show({
        id: uuid(),
        on,
        tool: 'freeze',
        colour: '',
        points: [],
        done: true,
        ...(!still && { undo: true }),
      });
    },
  };
}
