// What can be taken back, the latest first. It lives as long as the page.

export interface Undo {
  readonly id: number;
  run(): Promise<void>;
}

const stack: Undo[] = [];
const keptMax = 30;
let last = 0;

export function remember(run: () => Promise<void>): Undo {
  last += 1;
  const undo = { id: last, run };
  stack.push(undo);
  if (stack.length > keptMax) stack.shift();
  return undo;
}

/** The latest, unless it was taken back already. */
export function takeBack(undo: Undo | undefined = stack.at(-1)): Promise<void> | undefined {
  const at = undo ? stack.indexOf(undo) : -1;
  if (!undo || at < 0) return undefined;
  stack.splice(at, 1);
  return undo.run();
}

/** Another person signs in. */
export function forgetUndo(): void {
  stack.length = 0;
}
