// Who is writing where. Nothing of it is stored anywhere; it lapses by itself.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Clock } from '../../core/clock';

export interface Typist {
  readonly kind: 'customer' | 'agent';
  readonly id: string;
}

export interface Typing {
  readonly all: ReadonlySignal<ReadonlyMap<string, readonly Typist[]>>;
  heard(conversation: string, who: Typist, active: boolean): void;
  /** What they wrote is here. */
  wrote(conversation: string, id: string | null): void;
}

const lapseMs = 6_000;

export function createTyping(clock: Clock): Typing {
  const all = signal<ReadonlyMap<string, readonly Typist[]>>(new Map());
  const timers = new Map<string, () => void>();

  function remove(conversation: string, id: string): void {
    const held = all.peek().get(conversation);
    if (!held?.some((typist) => typist.id === id)) return;
    timers.get(`${conversation}/${id}`)?.();
    const rest = held.filter((typist) => typist.id !== id);
    const next = new Map(all.peek());
    if (rest.length) next.set(conversation, rest);
    else next.delete(conversation);
    all.value = next;
  }

  return {
    all,
    heard(conversation, who, active) {
      remove(conversation, who.id);
      if (!active) return;
      const held = all.peek().get(conversation) ?? [];
      all.value = new Map(all.peek()).set(conversation, [...held, who]);
      const stop = clock.after(lapseMs, () => remove(conversation, who.id));
      timers.set(`${conversation}/${who.id}`, stop);
    },
    wrote(conversation, id) {
      if (id) remove(conversation, id);
    },
  };
}

/** What we tell the others while somebody types here: now, every 3 s, and once when it is over. */
export function createTypingSignal(clock: Clock, say: (active: boolean) => void) {
  const repeatMs = 3_000;
  const idleMs = 4_000;
  let said = Number.NEGATIVE_INFINITY;
  let stopIdle: (() => void) | undefined;

  function stop(): void {
    stopIdle?.();
    stopIdle = undefined;
    if (said === Number.NEGATIVE_INFINITY) return;
    said = Number.NEGATIVE_INFINITY;
    say(false);
  }

  return {
    typed() {
      if (clock.now() - said >= repeatMs) {
        said = clock.now();
        say(true);
      }
      stopIdle?.();
      stopIdle = clock.after(idleMs, stop);
    },
    stop,
  };
}
