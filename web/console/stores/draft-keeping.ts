// What was begun is kept by the server too, so that one can go on at another machine. Here it is at
// once; there a moment later. Of two machines the one that wrote last is right.
import { type Api, ApiError } from '../../core/api';
import type { Clock } from '../../core/clock';
import type { Draft } from '../../protocol/types';
import { adoptDraft, begun, draftOf, onDraftChange, unkept } from './drafts';

export interface DraftKeeping {
  load(): Promise<void>;
  heard(draft: Draft): void;
  /** The line is back: what could not be kept is tried again. */
  again(): void;
  stop(): void;
}

const settleMs = 800;

export function createDraftKeeping(api: Api, clock: Clock): DraftKeeping {
  const positions = new Map<string, number>();
  const timers = new Map<string, () => void>();
  const running = new Set<string>();

  function later(conversation: string, wait = settleMs): void {
    timers.get(conversation)?.();
    timers.set(
      conversation,
      clock.after(wait, () => void keep(conversation)),
    );
  }

  async function keep(conversation: string): Promise<void> {
    timers.delete(conversation);
    if (running.has(conversation)) return later(conversation);
    running.add(conversation);
    const sent = draftOf(conversation);
    try {
      const kept = await api.put<Draft>(
        `/conversations/${conversation}/draft`,
        JSON.stringify(sent),
        { 'Content-Type': 'application/json' },
      );
      heardUpTo(kept);
      unkept(conversation, draftOf(conversation) !== sent);
    } catch (error) {
      // It is here all the same; it is tried again with the next letter, or when the line is back,
      // unless the conversation is gone.
      if (error instanceof ApiError && error.status === 404) unkept(conversation, false);
    } finally {
      running.delete(conversation);
    }
  }

  function heardUpTo({ conversation, position }: Draft): boolean {
    if (position <= (positions.get(conversation) ?? 0)) return false;
    positions.set(conversation, position);
    return true;
  }

  function heard(draft: Draft): void {
    if (heardUpTo(draft)) adoptDraft(draft);
  }

  const unlisten = onDraftChange((conversation) => {
    unkept(conversation, true);
    // What was sent is no draft any more: nobody should send it twice.
    later(conversation, begun(conversation) ? settleMs : 0);
  });

  return {
    async load() {
      const { items } = await api.get<{ items: Draft[] }>('/drafts');
      for (const draft of items) heard(draft);
    },
    heard,
    again() {
      for (const conversation of unkept()) later(conversation);
    },
    stop() {
      unlisten();
      for (const cancel of timers.values()) cancel();
    },
  };
}
