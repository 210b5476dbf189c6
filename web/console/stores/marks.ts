// Tells the server how far we received and saw each conversation: at once, then once a second.
import type { Clock } from '../../core/clock';
import type { ClientFrame } from '../../protocol/frames';
import type { Message } from '../../protocol/types';

export interface MarksStore {
  delivered(message: Message): void;
  read(conversation: string, seq: number): void;
  /** The server says how far it is read; that goes back when it is marked unread, or wakes. */
  heard(conversation: string, read: number): void;
  /** It is marked unread: what was not said yet is not so any more. */
  forget(conversation: string): void;
}

interface Mark {
  delivered: number;
  read: number;
}

const pauseMs = 1_000;

/** `send` answers false when there is no line: the mark waits for the next second. */
export function createMarks(clock: Clock, send: (frame: ClientFrame) => boolean): MarksStore {
  const said = new Map<string, Mark>();
  const due = new Map<string, Mark>();
  let waiting = false;

  function flush(): void {
    waiting = false;
    for (const [conversation, mark] of due) {
      if (!send({ type: 'mark', conversation, ...mark })) continue;
      said.set(conversation, mark);
      due.delete(conversation);
    }
    if (due.size) later();
  }

  function later(): void {
    if (waiting) return;
    waiting = true;
    clock.after(pauseMs, flush);
  }

  function note(conversation: string, patch: Partial<Mark>): void {
    const held = due.get(conversation) ?? said.get(conversation) ?? { delivered: 0, read: 0 };
    const read = Math.max(held.read, patch.read ?? 0);
    const delivered = Math.max(held.delivered, patch.delivered ?? 0, read);
    if (read === held.read && delivered === held.delivered) return;
    due.set(conversation, { delivered, read });
    if (patch.read && !waiting) flush();
    later();
  }

  return {
    delivered: (message) => note(message.conversation, { delivered: message.seq }),
    read: (conversation, seq) => note(conversation, { read: seq }),
    heard(conversation, read) {
      const before = said.get(conversation);
      if (before && before.read > read) said.set(conversation, { ...before, read });
    },
    forget(conversation) {
      due.delete(conversation);
      said.delete(conversation);
    },
  };
}
