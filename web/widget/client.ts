// The visitor's side of the protocol as one object: session, line, history, queue, marks. It knows
// no DOM; the view draws `state` whenever `onChange` says so.

import { backoff, type Clock } from '../core/clock';
import { ApiError, createHttp, type Http, isTransient, jsonBody } from '../core/http';
import { type ConnectionState, createLine, type Hint, type Line, type Socket } from '../core/line';
import { createMessages } from '../core/messages';
import { createQueue, type Draft, type OutboxItem, type QueueOptions } from '../core/queue';
import type { KeyedStore } from '../core/store';
import type { CallEvent } from '../protocol/calls';
import type { ClientFrame, VisitorEvent } from '../protocol/frames';
import type {
  Marks,
  Receipt,
  Reception,
  Visitor,
  VisitorChannel,
  VisitorConversation,
  VisitorMessage,
  VisitorMessagePage,
  VisitorSession,
} from '../protocol/types';
import type { Identity, MessageNotice } from './bridge';
import { type Memory, recall } from './memory';

export interface ClientState {
  /** `missing`: there is no such chat, and asking again is useless. */
  phase: 'starting' | 'ready' | 'missing';
  line: ConnectionState;
  channel?: VisitorChannel;
  reception?: Reception;
  visitor?: Visitor;
  /** How many wait before the visitor. */
  ahead?: number | null;
  messages: readonly VisitorMessage[];
  queue: readonly OutboxItem[];
  progress: Record<string, number>;
  /** Older messages exist on the server. */
  more: boolean;
  loading: boolean;
  /** Only the newest conversation counts for the header. */
  conversation?: VisitorConversation;
  marks: Record<string, Marks>;
  typing?: { name: string; avatar_url: string | null } | undefined;
  unread: number;
  /** The first message that was unread when the visitor looked. */
  divider?: VisitorMessage | undefined;
  textMax: number;
  fileMax: number;
}

export interface ClientOptions {
  channel: string;
  locale: string;
  base: string;
  fetch: typeof fetch;
  open(api: Http): Socket;
  clock: Clock;
  random(): number;
  uuid(): string;
  storage(): Storage;
  store: KeyedStore<OutboxItem>;
  /** Comes with the code for files. */
  uploader(
    api: Http,
    onProgress: (id: string, fraction: number) => void,
  ): Promise<NonNullable<QueueOptions['prepare']>>;
  onChange(): void;
  onMessage(notice: MessageNotice): void;
}

const pageSize = 30;
const answerMs = 20_000;

export function createClient(options: ClientOptions) {
  const { clock, onChange } = options;
  const memory: Memory = recall(options.storage, options.channel);
  const api = createHttp({
    ...options,
    token: () => memory.token,
  });
  const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
    api.json('POST', path, { ...jsonBody(body), signal: signal ?? null });
  let line: Line | undefined;
  let session: VisitorSession | undefined;
  let tries = 0;
  let looking = false;
  let lastMarkAt = 0;
  let markTimer: (() => void) | undefined;
  let typingTimer: (() => void) | undefined;
  let typedAt = 0;
  let identity: Identity | undefined;
  let page: { url: string; title: string; referrer: string } | undefined;

  const timeline = createMessages<VisitorMessage>();
  const state: ClientState = {
    phase: 'starting',
    line: 'connecting',
    messages: [],
    queue: [],
    progress: {},
    more: false,
    loading: true,
    marks: {},
    unread: 0,
    textMax: 16_384,
    fileMax: 26_214_400,
  };

  const outbox = createQueue({
    ...options,
    deliver,
    async prepare(item, save) {
      const prepare = await options.uploader(api, (id, fraction) => {
        state.progress[id] = fraction;
        onChange();
      });
      return prepare(item, save);
    },
    onChange(items) {
      state.queue = items;
      onChange();
    },
    onSent(item, receipt) {
      // The event may still be on its way: show the message in its place at once.
      const { position: _, ...where } = receipt;
      add([
        {
          ...where,
          kind: 'text',
          author: { kind: 'customer', name: null, avatar_url: null },
          text: item.text,
          attachments: (item.files ?? []).flatMap((file) => file.attachment ?? []),
          activity: null,
          quote: null,
          revision: 0,
          edited_at: null,
          recalled_at: null,
        },
      ]);
    },
  });

  /** By request, not by socket: it also works where a proxy lets no socket through. */
  function deliver({ id, text, files = [] }: OutboxItem): Promise<Receipt> {
    if (!session) return Promise.reject(new ApiError('network'));
    const attachments = files.flatMap((file) => file.attachment?.id ?? []);
    const stop = new AbortController();
    clock.after(answerMs, () => stop.abort());
    return post('/visitor/messages', { client_id: id, text, attachments }, stop.signal);
  }

  function later(run: () => void, error: unknown): void {
    const asked = error instanceof ApiError ? error.retryAfter : undefined;
    clock.after(asked ? asked * 1000 : backoff(++tries, options.random) + 500, run);
  }

  async function openSession(): Promise<void> {
    try {
      const { channel, locale } = options;
      session = await post<VisitorSession>('/visitor/session', { channel, locale });
    } catch (error) {
      if (isTransient(error)) {
        if (tries > 1) state.line = 'offline';
        later(openSession, error);
      } else state.phase = 'missing';
      onChange();
      return;
    }
    tries = 0;
    // A fresh visitor: the old one's messages are not theirs.
    if (memory.token !== session.token) timeline.clear();
    memory.keep({ token: session.token });
    state.phase = 'ready';
    state.channel = session.channel;
    state.reception = session.channel.reception;
    state.visitor = session.visitor;
    if (identity) sendIdentity();
    onChange();
    line ??= makeLine(session.cursor);
    // The line first, the history after: what happens in between comes by event.
    line.connect();
    outbox.flush();
    await loadNewest();
  }

  function makeLine(cursor: string): Line {
    return createLine<VisitorEvent>({
      ...options,
      open: () => options.open(api),
      token: () => memory.token,
      cursor,
      onWelcome({ limits }) {
        state.textMax = limits.text_bytes_max;
        state.fileMax = limits.attachment_bytes_max;
      },
      async onReset() {
        const newest = await fetchPage();
        timeline.clear();
        takePage(newest);
      },
      onEvent,
      onState(next) {
        state.line = next;
        if (next === 'live') {
          outbox.flush();
          if (page) line?.send({ type: 'page', ...page });
          mark();
        }
        if (next === 'refused') openSession();
        onChange();
      },
    });
  }

  function onEvent(event: VisitorEvent): void {
    if (event.type === 'message.created') {
      const { message } = event;
      const fresh = add([message]).length > 0;
      // Seqs have no gaps: one before this was lost on its way.
      if (message.seq > 1 && !timeline.find(message.conversation, message.seq - 1)) {
        import('./history').then(({ fillGaps }) =>
          fillGaps(() => timeline.items, fetchPage, add, clock),
        );
      }
      if (fresh && message.author.kind === 'agent') {
        state.typing = undefined;
        if (message.kind === 'text') {
          options.onMessage({ from: 'agent', name: message.author.name, at: message.at });
        }
      }
    } else if (event.type === 'message.updated') {
      if (timeline.find(event.message.conversation, event.message.seq)) add([event.message]);
    } else if (event.type === 'conversation.updated') {
      setConversation(event.conversation);
    } else if (event.type === 'reception.updated') {
      state.reception = event.reception;
    } else if (event.type === 'queue.updated') {
      state.ahead = event.ahead;
    } else if (event.type === 'typing') {
      typingTimer?.();
      state.typing = event.active ? event.author : undefined;
      typingTimer = clock.after(6000, () => {
        state.typing = undefined;
        onChange();
      });
    } else client.onCall?.(event as CallEvent);
    onChange();
  }

  function add(messages: readonly VisitorMessage[]): VisitorMessage[] {
    const fresh = timeline.merge(messages);
    state.messages = timeline.items;
    for (const { client_id } of fresh) if (client_id) outbox.confirm(client_id);
    count();
    onChange();
    mark();
    return fresh;
  }

  const fetchPage = (before?: number, limit = pageSize): Promise<VisitorMessagePage> =>
    api.json('GET', `/visitor/messages?limit=${limit}${before ? `&before=${before}` : ''}`);

  async function loadNewest(): Promise<void> {
    try {
      takePage(await fetchPage());
      tries = 0;
    } catch (error) {
      if (isTransient(error)) later(loadNewest, error);
    }
  }

  function takePage({ items, more, conversation }: VisitorMessagePage): void {
    // Of older conversations we have no marks: they count as seen.
    see(items.filter((message) => message.conversation !== conversation?.id));
    if (conversation) setConversation(conversation);
    state.more = more;
    state.loading = false;
    add(items);
  }

  async function loadEarlier(): Promise<void> {
    const first = state.messages[0];
    if (state.loading || !state.more || !first) return;
    state.loading = true;
    onChange();
    try {
      const older = await fetchPage(first.order);
      state.more = older.more;
      see(older.items);
      add(older.items);
    } finally {
      state.loading = false;
      onChange();
    }
  }

  /** How far the visitor has seen each conversation in this page's life. */
  const seen: Record<string, number> = {};

  function see(messages: readonly VisitorMessage[]): void {
    for (const { conversation, seq } of messages) {
      seen[conversation] = Math.max(seen[conversation] ?? 0, seq);
    }
  }

  function setConversation(conversation: VisitorConversation): void {
    state.conversation = conversation;
    state.marks[conversation.id] = conversation.marks;
  }

  const isUnread = ({ conversation, seq, author, kind }: VisitorMessage): boolean =>
    author.kind === 'agent' &&
    kind === 'text' &&
    seq > Math.max(seen[conversation] ?? 0, state.marks[conversation]?.customer_read ?? 0);

  function count(): void {
    if (looking) see(state.messages);
    const unread = state.messages.filter(isUnread);
    state.unread = unread.length;
    if (unread.length && !state.divider) state.divider = unread[0];
  }

  /** Tells how far we received and saw; at most once a second. */
  function mark(): void {
    const last = state.messages[state.messages.length - 1];
    if (!last || line?.state !== 'live' || markTimer) return;
    const { conversation, seq } = last;
    const known = state.marks[conversation];
    const before = known?.customer_read ?? 0;
    const read = Math.max(before, seen[conversation] ?? 0);
    if (seq <= (known?.customer_delivered ?? 0) && read <= before) return;
    const wait = lastMarkAt + 1000 - clock.now();
    if (wait > 0) {
      markTimer = clock.after(wait, () => {
        markTimer = undefined;
        mark();
      });
      return;
    }
    lastMarkAt = clock.now();
    line.send({ type: 'mark', conversation, delivered: seq, read });
    const marks = { agent_delivered: 0, agent_read: 0, ...known };
    state.marks[conversation] = { ...marks, customer_delivered: seq, customer_read: read };
  }

  function sendIdentity(): void {
    // Losing it is harmless: the page says it again on the next visit.
    post('/visitor/identify', identity).catch(() => {});
  }

  const client = {
    /** Calls are a room of their own, which listens once it is there. */
    onCall: undefined as ((event: CallEvent) => void) | undefined,
    state: state as Readonly<ClientState>,
    api,
    memory,
    async start(): Promise<void> {
      await outbox.load();
      await openSession();
    },
    async send(draft: Draft): Promise<void> {
      state.divider = undefined;
      typedAt = 0;
      await outbox.add(draft);
    },
    /** What a room of its own learned. */
    learn(news: Pick<ClientState, 'reception' | 'visitor' | 'ahead'>): void {
      Object.assign(state, news);
      onChange();
    },
    retry: outbox.retry,
    remove: outbox.remove,
    loadEarlier,
    /** Whether the visitor is looking at the messages now. */
    look(now: boolean): void {
      if (looking === now) return;
      // What came until now gets the divider, what comes next a new one.
      if (!now) state.divider = undefined;
      count();
      looking = now;
      count();
      mark();
      onChange();
    },
    say: (frame: ClientFrame): boolean => !!line?.send(frame),
    typing(active: boolean): void {
      const now = clock.now();
      if (active ? now - typedAt < 3000 : !typedAt) return;
      typedAt = active ? now : 0;
      line?.send({ type: 'typing', active });
    },
    hint: (what: Hint): void => {
      line?.hint(what);
      if (what === 'online') outbox.flush();
    },
    identify(next: Identity): void {
      identity = next;
      if (session) sendIdentity();
    },
    page(url: string, title: string, referrer: string): void {
      page = { url, title, referrer };
      line?.send({ type: 'page', ...page });
    },
  };
  return client;
}

export type Client = ReturnType<typeof createClient>;
