// The conversations somebody picked to do one thing to all of them.
import { signal } from '@preact/signals';

export const selected = signal<ReadonlySet<string>>(new Set());
/** Where a range begins: what was picked last. */
let anchor: string | undefined;

export function toggle(id: string): void {
  const next = new Set(selected.peek());
  if (!next.delete(id)) next.add(id);
  anchor = id;
  selected.value = next;
}

/** From what was picked last to this one, in the order of the list. */
export function extend(ids: readonly string[], id: string): void {
  const from = anchor ? ids.indexOf(anchor) : -1;
  const to = ids.indexOf(id);
  if (from < 0 || to < 0) {
    toggle(id);
    return;
  }
  const range = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
  selected.value = new Set([...selected.peek(), ...range]);
}

export function selectAll(ids: readonly string[]): void {
  selected.value = new Set(ids);
  anchor = ids[0];
}

export function clearSelection(): void {
  if (selected.peek().size) selected.value = new Set();
  anchor = undefined;
}

/** What left the list is not picked any more. */
export function keepSelected(ids: readonly string[]): void {
  if (!selected.peek().size) return;
  const shown = new Set(ids);
  const kept = [...selected.peek()].filter((id) => shown.has(id));
  if (kept.length < selected.peek().size) selected.value = new Set(kept);
}
