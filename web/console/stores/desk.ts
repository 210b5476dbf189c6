// What one signed-in person works with: the stores, the line to the server and what connects them.
// Made when somebody signs in, taken down when they leave.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Api } from '../../core/api';
import { type Connection, type ConnectionState, createConnection } from '../../core/connection';
import { indexedStore } from '../../core/idb';
import { createOutbox, type Outbox, type OutboxItem } from '../../core/outbox';
import type { Rung } from '../../core/rungs';
import { uuidMaker } from '../../core/uuid';
import { createWay, type Way } from '../../core/way';
import type { AgentEvent } from '../../protocol/frames';
import type { Attachment, Me, Message, Receipt } from '../../protocol/types';
import { now, systemClock } from '../clock';
import { type Calls, createCalls } from './calls';
import { type Channels, createChannels } from './channels';
import { type Conversations, createConversations } from './conversations';
import { type CountsStore, createCounts } from './counts';
import { type Customers, createCustomers } from './customers';
import { createDraftKeeping, type DraftKeeping } from './draft-keeping';
import { applyEvent } from './events';
import { createHistories, type Histories } from './histories';
import { createLists, type Lists } from './lists';
import { createLookers, type Lookers } from './lookers';
import { createMarks, type MarksStore } from './marks';
import { createPeople, type People } from './people';
import { quoteOf } from './quotes';
import { createRatings, type Ratings } from './ratings';
import { createReplies, type Replies } from './replies';
import { createSavedViews, type SavedViews } from './saved-views';
import { createTags, type Tags } from './tags';
import { createTransfers, type Transfers } from './transfers';
import { createTyping, type Typing } from './typing';
import { uploader } from './upload';

export interface Limits {
  readonly text_bytes_max: number;
  readonly attachment_bytes_max: number;
}

export interface Desk {
  readonly me: string;
  readonly api: Api;
  readonly people: People;
  readonly channels: Channels;
  readonly conversations: Conversations;
  readonly lists: Lists;
  readonly counts: CountsStore;
  readonly histories: Histories;
  readonly customers: Customers;
  readonly calls: Calls;
  readonly replies: Replies;
  readonly ratings: Ratings;
  readonly tags: Tags;
  readonly transfers: Transfers;
  readonly views: SavedViews;
  readonly lookers: Lookers;
  readonly typing: Typing;
  readonly marks: MarksStore;
  readonly drafts: DraftKeeping;
  readonly outbox: Outbox;
  /** What waits to be sent, of all conversations. */
  readonly queue: ReadonlySignal<readonly OutboxItem[]>;
  readonly progress: ReadonlySignal<ReadonlyMap<string, number>>;
  readonly connection: Connection;
  readonly line: ReadonlySignal<ConnectionState>;
  /** How it goes. */
  readonly rung: ReadonlySignal<Rung>;
  readonly limits: ReadonlySignal<Limits>;
  /** Grows with every reset: what was loaded before must be loaded again. */
  readonly snapshot: ReadonlySignal<number>;
  /** Pages load from now on. Before the line is there something could fall between an answer and
      the first event; where there is never a line they load all the same. */
  readonly ready: ReadonlySignal<boolean>;
  stop(): void;
}

const defaultLimits: Limits = { text_bytes_max: 16_384, attachment_bytes_max: 25 * 1024 * 1024 };

export interface DeskOptions {
  readonly me: Me;
  readonly api: Api;
  readonly onRefused: () => void;
  /** Everything that happens, after the stores took it in. */
  readonly onEvent: (desk: Desk, event: AgentEvent) => void;
}

export function createDesk({ me, api, onRefused, onEvent }: DeskOptions): Desk {
  const clock = systemClock;
  const line = signal<ConnectionState>('connecting');
  const way: Way = { browser: window, clock, rung: 0, misses: 0 };
  const openWay = createWay(way);
  const rung = signal<Rung>(way.rung);
  const limits = signal<Limits>(defaultLimits);
  const queue = signal<readonly OutboxItem[]>([]);
  const progress = signal<ReadonlyMap<string, number>>(new Map());
  const snapshot = signal(0);

  const people = createPeople(api);
  const channels = createChannels(api);
  const conversations = createConversations(api, me.id);
  const lists = createLists(api, conversations, me.id, now);
  const counts = createCounts(api, clock);
  const histories = createHistories(api);
  const customers = createCustomers(api);
  const calls = createCalls(api);
  const replies = createReplies(api);
  const ratings = createRatings(api);
  const tags = createTags(api);
  const transfers = createTransfers(api, me.id);
  const views = createSavedViews(api, clock);
  const typing = createTyping(clock);
  const drafts = createDraftKeeping(api, clock);

  const outbox = createOutbox({
    store: indexedStore(() => indexedDB, `parlor-outbox-${me.id}`),
    clock,
    random: Math.random,
    uuid: uuidMaker(clock.now, (bytes) => crypto.getRandomValues(bytes)),
    async deliver(item) {
      const attachments = item.files?.flatMap((file) => file.attachment ?? []) ?? [];
      const receipt = await connection.deliver({
        type: 'send',
        id: item.id,
        text: item.text,
        kind: item.kind ?? 'text',
        ...(item.conversation && { conversation: item.conversation }),
        attachments: attachments.map(({ id }) => id),
        ...(item.quote && { quote: item.quote }),
        ...(item.mentions && { mentions: item.mentions }),
      });
      // Its event may come later: in between it must not vanish from the screen.
      histories.arrived(sentMessage(me.id, item, attachments, receipt, histories));
      return receipt;
    },
    upload: uploader(api),
    ...(navigator.locks && {
      exclusive: (run: () => Promise<void>) =>
        navigator.locks.request(`parlor-outbox-${me.id}`, run),
    }),
    onChange: (items) => {
      queue.value = items;
    },
    onProgress: (id, fraction) => {
      progress.value = new Map(progress.peek()).set(id, fraction);
    },
  });

  const connection = createConnection<AgentEvent>({
    open: () => openWay(api),
    clock,
    random: Math.random,
    onEvent: (event) => {
      applyEvent(desk, event);
      onEvent(desk, event);
    },
    async onReset() {
      const [held] = await Promise.all([
        lists.reload(),
        people.load(),
        channels.load(),
        counts.load(),
        replies.refresh(),
        tags.load(),
        transfers.load(),
        views.load(),
        drafts.load(),
      ]);
      conversations.replace(held);
      histories.clear();
      customers.clear();
      calls.clear();
      snapshot.value += 1;
    },
    onWelcome: (welcome) => {
      limits.value = welcome.limits;
      rung.value = way.rung;
      // After the people are there: a snapshot answers with presence of its own.
      if (!welcome.reset && welcome.presence) people.setAllPresence(welcome.presence);
    },
    onState: (state) => {
      line.value = state;
      if (state === 'live') {
        outbox.flush();
        lookers.again();
        drafts.again();
      }
      if (state === 'refused') onRefused();
    },
  });

  const lookers = createLookers(me.id, (conversation) =>
    connection.send({ type: 'looking', conversation }),
  );
  const marks = createMarks(clock, (frame) => connection.send(frame));
  const unlisten = listen(connection);
  const desk: Desk = {
    me: me.id,
    api,
    people,
    channels,
    conversations,
    lists,
    counts,
    histories,
    customers,
    calls,
    replies,
    lookers,
    ratings,
    tags,
    transfers,
    views,
    typing,
    marks,
    drafts,
    outbox,
    queue,
    progress,
    connection,
    line,
    rung,
    limits,
    snapshot,
    ready: computed(() => snapshot.value > 0 || line.value === 'offline'),
    stop() {
      unlisten();
      drafts.stop();
      connection.close();
    },
  };
  connection.connect();
  outbox.load();
  return desk;
}

/** What the event will bring, made of what was sent and what the server said of it. */
const sentMessage = (
  me: string,
  item: OutboxItem,
  attachments: Attachment[],
  receipt: Receipt,
  histories: Histories,
): Message => ({
  conversation: receipt.conversation,
  seq: receipt.seq,
  order: receipt.order,
  kind: item.kind ?? 'text',
  author: { kind: 'agent', id: me },
  client_id: item.id,
  text: item.text,
  attachments,
  activity: null,
  quote: quoteOf(histories.of(receipt.conversation).messages.peek(), item.quote),
  mentions: item.mentions ?? [],
  revision: 0,
  edited_at: null,
  recalled_at: null,
  at: receipt.at,
});

/** What the browser knows about the line before the line does. */
function listen(connection: Connection): () => void {
  const stop = new AbortController();
  const { signal: until } = stop;
  for (const what of ['online', 'offline', 'pagehide', 'pageshow'] as const) {
    window.addEventListener(what, () => connection.hint(what), { signal: until });
  }
  document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && connection.hint('visible'),
    { signal: until },
  );
  return () => stop.abort();
}

export const DeskContext = createContext<Desk | undefined>(undefined);

/** For pages of somebody signed in; the shell shows no other page to others. */
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('no desk: the page was rendered for somebody who is not signed in');
  return desk;
}
