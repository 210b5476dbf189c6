// The messages of the conversations one looked at: a window without holes over seqs, which grows
// at both ends. A jump to an old message starts a new window there.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import { createTimeline } from '../../core/timeline';
import type { Message, MessagePage } from '../../protocol/types';

export interface History {
  readonly messages: ReadonlySignal<readonly Message[]>;
  readonly state: ReadonlySignal<'loading' | 'ready' | 'failed'>;
  /** Older or newer ones exist beyond the window. */
  readonly older: ReadonlySignal<boolean>;
  readonly newer: ReadonlySignal<boolean>;
  /** The newest page, if nothing is loaded yet. */
  open(): Promise<void>;
  /** A window with this message in it. */
  openAt(seq: number): Promise<void>;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Forgets the window and shows the newest page. */
  toEnd(): Promise<void>;
  arrived(message: Message): void;
  /** Its author changed it. */
  revised(message: Message): void;
}

export interface Histories {
  of(conversation: string): History;
  arrived(message: Message): void;
  revised(message: Message): void;
  /** After a reset nothing held is certain. */
  clear(): void;
}

const pageSize = 50;
const heldMax = 30;

export function createHistory(api: Api, conversation: string): History {
  const timeline = createTimeline<Message>();
  const messages = signal<readonly Message[]>([]);
  const state = signal<'loading' | 'ready' | 'failed'>('loading');
  const older = signal(false);
  const newer = signal(false);
  let opened = false;
  /** Windows are numbered: an answer for an earlier one is not for this one. */
  let window = 0;
  let first = 1;
  let last = 0;
  let busy: Promise<void> | undefined;

  const low = (): number => timeline.items[0]?.seq ?? 0;
  const high = (): number => timeline.items.at(-1)?.seq ?? 0;

  function show(): void {
    messages.value = timeline.items;
    older.value = timeline.items.length > 0 && low() > first;
    newer.value = timeline.items.length > 0 && high() < last;
  }

  function fetchPage(query: { before?: number; after?: number }): Promise<void> {
    const mine = window;
    state.value = 'loading';
    const run = async (): Promise<void> => {
      try {
        const page = await api.get<MessagePage>(`/conversations/${conversation}/messages`, {
          ...query,
          limit: pageSize,
        });
        if (mine !== window) return;
        opened = true;
        first = page.first_seq;
        last = Math.max(last, page.last_seq);
        timeline.merge(page.items);
        state.value = 'ready';
        show();
      } catch {
        if (mine === window) state.value = 'failed';
      } finally {
        if (mine === window) busy = undefined;
      }
    };
    busy = run();
    return busy;
  }

  function restart(): void {
    window += 1;
    busy = undefined;
    timeline.clear();
    messages.value = [];
  }

  async function catchUp(): Promise<void> {
    while (opened && high() < last && state.peek() !== 'failed') {
      await (busy ?? fetchPage({ after: high() }));
    }
  }

  return {
    messages,
    state,
    older,
    newer,
    open: async () => (opened ? undefined : (busy ?? fetchPage({}))),
    async openAt(seq) {
      if (timeline.find(conversation, seq)) return;
      restart();
      await fetchPage({ before: seq + pageSize / 2 });
    },
    loadOlder: async () => (older.peek() ? (busy ?? fetchPage({ before: low() })) : undefined),
    loadNewer: async () => (newer.peek() ? (busy ?? fetchPage({ after: high() })) : undefined),
    async toEnd() {
      if (!newer.peek()) return;
      restart();
      await fetchPage({});
    },
    arrived(message) {
      const atEnd = high() >= last;
      last = Math.max(last, message.seq);
      if (!opened) return;
      if (message.seq <= high() + 1) timeline.merge([message]);
      else if (atEnd) catchUp();
      show();
    },
    revised(message) {
      // Outside of the window it comes as it is now, with its page.
      if (!timeline.find(conversation, message.seq)) return;
      timeline.merge([message]);
      show();
    },
  };
}

export function createHistories(api: Api): Histories {
  // A Map keeps the order of use: the one used longest ago is the first.
  const held = new Map<string, History>();
  return {
    of(conversation) {
      const history = held.get(conversation) ?? createHistory(api, conversation);
      held.delete(conversation);
      held.set(conversation, history);
      const oldest = held.keys().next().value;
      if (held.size > heldMax && oldest) held.delete(oldest);
      return history;
    },
    arrived: (message) => held.get(message.conversation)?.arrived(message),
    revised: (message) => held.get(message.conversation)?.revised(message),
    clear: () => held.clear(),
  };
}
