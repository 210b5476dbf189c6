// Messages on their way: kept until the server has them on disk, sent one after the other, each
// with the same id on every try, so that the server stores it once.
import type { Attachment, Receipt } from '../protocol/types';
import { backoff, type Clock } from './clock';
import { ApiError, isTransient } from './http';
import type { KeyedStore } from './store';

export interface OutFile {
  name: string;
  type: string;
  blob: Blob;
  /** Set once it is uploaded; a retry does not upload again. */
  attachment?: Attachment;
}

export interface Draft {
  /** Absent for visitors: the server finds the conversation. */
  conversation?: string;
  kind?: 'text' | 'note';
  text: string;
  /** The seq of the message it answers. */
  quote?: number;
  /** Whom a note calls. */
  mentions?: string[];
  files?: OutFile[];
}

export interface OutboxItem extends Draft {
  id: string;
  at: number;
  state: 'pending' | 'sending' | 'failed';
  /** Why it failed, as an error code of the protocol, or `outbox.expired`. */
  code?: string | undefined;
}

export interface QueueOptions {
  store: KeyedStore<OutboxItem>;
  clock: Clock;
  random(): number;
  uuid(): string;
  /** Sends one; rejects with an ApiError. */
  deliver(item: OutboxItem): Promise<Receipt>;
  /** Before it is sent: make it ready (upload its files), saving each step. Undefined if it was
      deleted meanwhile. */
  prepare?(
    item: OutboxItem,
    save: (change: Partial<OutboxItem>) => Promise<OutboxItem | undefined>,
  ): Promise<OutboxItem | undefined>;
  onChange?(items: readonly OutboxItem[]): void;
  onSent?(item: OutboxItem, receipt: Receipt): void;
}

export interface Outbox {
  /** In the order of writing. A new array after each change. */
  readonly items: readonly OutboxItem[];
  /** What an earlier visit or another tab left. */
  load(): Promise<void>;
  /** Queues and sends. Rejects with code `outbox.full`. */
  add(draft: Draft): Promise<OutboxItem>;
  retry(id: string): void;
  remove(id: string): Promise<void>;
  /** The line is back: try now. */
  flush(): void;
  /** A message came back by event: whoever sent it, it is done. */
  confirm(clientId: string): void;
}

export const outboxMax = 200;
const oldestMs = 7 * 86_400_000;

export function createQueue(options: QueueOptions): Outbox {
  const { store, clock } = options;
  let items: readonly OutboxItem[] = [];
  let running = false;
  let failures = 0;
  let stopRetry: (() => void) | undefined;

  function change(next: readonly OutboxItem[]): void {
    items = next;
    options.onChange?.(items);
  }

  const find = (id: string): OutboxItem | undefined => items.find((item) => item.id === id);

  function update(id: string, patch: Partial<OutboxItem>): OutboxItem | undefined {
    change(items.map((item) => (item.id === id ? { ...item, ...patch } : item)));
    return find(id);
  }

  function forget(id: string): Promise<void> {
    change(items.filter((item) => item.id !== id));
    return store.remove(id);
  }

  async function load(): Promise<void> {
    const stored = await store.all();
    const old = clock.now() - oldestMs;
    const found = stored
      .filter((item) => !find(item.id))
      .map((item): OutboxItem => {
        if (item.state !== 'failed' && item.at < old) {
          return { ...item, state: 'failed', code: 'outbox.expired' };
        }
        return item.state === 'sending' ? { ...item, state: 'pending' } : item;
      });
    // Ids are made of time, so they sort by it.
    change([...items, ...found].sort((a, b) => (a.id < b.id ? -1 : 1)));
    flush();
  }

  async function add(draft: Draft): Promise<OutboxItem> {
    if (items.length >= outboxMax) throw new ApiError('outbox.full');
    const item: OutboxItem = { ...draft, id: options.uuid(), at: clock.now(), state: 'pending' };
    change([...items, item]);
    // On disk before the first try: a closed tab does not lose it.
    await store.put(item);
    flush();
    return item;
  }

  function flush(): void {
    if (running) return;
    stopRetry?.();
    running = true;
    sendAll();
  }

  function later(seconds?: number): void {
    const wait = seconds ? seconds * 1000 : backoff(++failures, options.random) + 250;
    stopRetry?.();
    stopRetry = clock.after(wait, flush);
  }

  async function sendAll(): Promise<void> {
    for (;;) {
      const next = items.find((item) => item.state === 'pending');
      if (!next || !(await sendOne(next))) {
        running = false;
        return;
      }
    }
  }

  /** False: stop here, it and those behind it wait for the timer or the line. */
  async function sendOne(item: OutboxItem): Promise<boolean> {
    let current = update(item.id, { state: 'sending' });
    try {
      if (options.prepare && current?.files) {
        current = await options.prepare(current, async (change) => {
          const changed = update(item.id, change);
          if (changed) await store.put({ ...changed, state: 'pending' });
          return changed;
        });
      }
      if (!current) return true;
      const receipt = await options.deliver(current);
      failures = 0;
      await forget(item.id);
      options.onSent?.(current, receipt);
      return true;
    } catch (error) {
      // Confirmed by its event or deleted by its writer meanwhile.
      if (!find(item.id)) return true;
      const { code, retryAfter, status } = error as ApiError;
      // Another tab was faster, with uploads of its own: it is there.
      if (code === 'message.id_reused') await forget(item.id);
      // Without a session it waits for the next one.
      else if (isTransient(error) || status === 401) {
        update(item.id, { state: 'pending' });
        later(retryAfter);
        return false;
      } else await fail(item.id, code);
      return true;
    }
  }

  async function fail(id: string, code: string): Promise<void> {
    const item = find(id);
    // An unused upload is gone after a day: let a retry send the files again.
    const files =
      code === 'input.invalid'
        ? item?.files?.map(({ attachment: _, ...file }) => file)
        : item?.files;
    const failed = update(id, { state: 'failed', code, ...(files && { files }) });
    if (failed) await store.put(failed);
  }

  return {
    get items() {
      return items;
    },
    load,
    add,
    retry(id) {
      const item = update(id, { state: 'pending', at: clock.now(), code: undefined });
      if (item) store.put(item).then(flush);
    },
    remove: forget,
    flush() {
      failures = 0;
      flush();
    },
    confirm(clientId) {
      if (find(clientId)) forget(clientId);
    },
  };
}
