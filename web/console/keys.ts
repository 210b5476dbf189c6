// Single keys that do things. Never while somebody types, and never under an open dialog.
import { useEffect, useRef } from 'preact/hooks';

/** `false`: it is nothing to us here, and the browser's. */
type Keys = Readonly<Record<string, (event: KeyboardEvent) => unknown>>;

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('textarea, select, [contenteditable="true"]')) return true;
  const input = target.closest('input');
  return input !== null && !/^(checkbox|radio|button)$/.test(input.type);
}

/** A key of the map that the element under focus needs itself. */
function belongsToElement(event: KeyboardEvent): boolean {
  if (!(event.target instanceof Element)) return false;
  if (event.key === 'Enter' || event.key === ' ') {
    return event.target.closest('button, a, summary, [role="option"]') !== null;
  }
  return (
    /^Arrow/.test(event.key) && event.target.closest('[role="tablist"], [type="radio"]') !== null
  );
}

export function handleKey(event: KeyboardEvent, keys: Keys): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
  const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!run || belongsToElement(event)) return;
  if (run(event) !== false) event.preventDefault();
}

export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => handleKey(event, latest.current);
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
