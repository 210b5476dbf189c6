import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeClock, fakeClock, settle } from '../core/fake-clock';
import type { Socket } from '../core/line';
import { memoryStore } from '../core/store';
import type { ClientFrame } from '../protocol/frames';
import type { VisitorMessage } from '../protocol/types';
import { type Client, createClient } from './client';

const marks = { customer_delivered: 0, customer_read: 0, agent_delivered: 0, agent_read: 0 };
const said = (seq: number, text: string, kind: 'agent' | 'customer' = 'agent'): VisitorMessage => ({
  conversation: 'cnv_1',
  seq,
  order: seq * 10,
  kind: 'text',
  author: { kind, name: kind === 'agent' ? 'Lin' : null, avatar_url: null },
  client_id: null,
  text,
  attachments: [],
  activity: null,
  quote: null,
  revision: 0,
  edited_at: null,
  recalled_at: null,
  at: 0,
});

let clock: FakeClock;
let sent: ClientFrame[];
let posts: Record<string, unknown>[];
let history: VisitorMessage[];
let wire: Socket & { says(frame: object): void };
let session: () => Response;
let client: Client;
let heard: number;

beforeEach(() => {
  clock = fakeClock();
  sent = [];
  posts = [];
  history = [];
  heard = 0;
  localStorage.clear();
  session = () =>
    Response.json({ token: 'plv_1', visitor: { id: 'cus_1' }, channel: {}, cursor: '1-5' });
  client = createClient({
    channel: 'wc_1',
    locale: 'en',
    base: '',
    clock,
    random: () => 0,
    uuid: () => `id${posts.length}`,
    storage: () => localStorage,
    store: memoryStore(),
    uploader: () => Promise.reject(new Error('no files here')),
    onChange() {},
    onMessage: () => heard++,
    async fetch(input, init) {
      const url = new URL(String(input), 'http://x');
      if (url.pathname === '/visitor/session') return session();
      if (init?.method === 'POST') {
        const body = JSON.parse(String(init.body));
        posts.push(body);
        const where = { conversation: 'cnv_1', seq: 9, order: 90, at: 1, position: 1 };
        return Response.json({ client_id: body.client_id, ...where });
      }
      const before = Number(url.searchParams.get('before') ?? Infinity);
      const items = history.filter((message) => message.order < before);
      const conversation = { id: 'cnv_1', status: 'open', assignee: null, marks, last_seq: 1 };
      return Response.json({
        items,
        more: false,
        conversation: items.length ? conversation : null,
      });
    },
    open() {
      wire = {
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (data) => sent.push(JSON.parse(data)),
        close() {},
        says: (frame) => wire.onmessage?.({ data: JSON.stringify(frame) }),
      };
      return wire;
    },
  });
});

async function goLive(): Promise<void> {
  await client.start();
  wire.onopen?.();
  const limits = { text_bytes_max: 100, attachment_bytes_max: 100 };
  wire.says({ type: 'welcome', reset: false, cursor: '1-5', limits });
  wire.says({ type: 'live', cursor: '1-5' });
}
const arrives = (message: VisitorMessage): void =>
  wire.says({ type: 'message.created', cursor: `1-${message.order}`, message });
const frames = (type: string): ClientFrame[] => sent.filter((frame) => frame.type === type);

describe('the visitor', () => {
  it('starts where the session says, and knows its limits', async () => {
    await goLive();
    expect(sent[0]).toMatchObject({ type: 'hello', token: 'plv_1', cursor: '1-5' });
    expect(client.state).toMatchObject({ phase: 'ready', line: 'live', textMax: 100 });
  });

  it('does not ask again for a chat that does not exist', async () => {
    session = () => Response.json({ code: 'not_found' }, { status: 404 });
    await client.start();
    expect(client.state.phase).toBe('missing');
  });

  it('tries again when the server is away, and sends what was written meanwhile', async () => {
    const works = session;
    session = () => Response.json({ code: 'server.unavailable', retry_after: 4 }, { status: 503 });
    await client.start();
    await client.send({ text: 'early' });
    await clock.advance(3900);
    expect(posts).toEqual([]);
    session = works;
    await clock.advance(30_000);
    expect(posts).toMatchObject([{ text: 'early' }]);
  });

  it('counts as unread what was not looked at, and draws the line before the first', async () => {
    await goLive();
    arrives(said(1, 'a'));
    arrives(said(2, 'b'));
    expect(client.state.unread).toBe(2);
    expect(client.state.divider?.text).toBe('a');
    expect(frames('mark')).toMatchObject([{ delivered: 1, read: 0 }]);
    client.look(true);
    expect(client.state.unread).toBe(0);
    expect(client.state.divider?.text).toBe('a');
    await clock.advance(1000);
    expect(frames('mark').pop()).toMatchObject({ delivered: 2, read: 2 });
    arrives(said(3, 'c'));
    expect(client.state.unread).toBe(0);
    expect(client.state.divider?.text).toBe('a');
    expect(heard).toBe(3);
  });

  it('shows what it sent once, whether the answer or the event comes first', async () => {
    await goLive();
    await client.send({ text: 'hi' });
    await settle();
    expect(client.state.messages.map(({ text }) => text)).toEqual(['hi']);
    arrives({ ...said(9, 'hi', 'customer'), client_id: 'id0' });
    expect(client.state.messages).toHaveLength(1);
    expect(client.state.queue).toEqual([]);
  });

  it('fetches what is missing before a message', async () => {
    await goLive();
    arrives(said(1, 'a'));
    history = [said(1, 'a'), said(2, 'b'), said(3, 'c')];
    arrives(said(3, 'c'));
    await vi.waitFor(
      () => expect(client.state.messages.map(({ text }) => text)).toEqual(['a', 'b', 'c']),
      5_000,
    );
  });

  it('says every three seconds that it types, and forgets a typist after six', async () => {
    await goLive();
    client.typing(true);
    client.typing(true);
    expect(frames('typing')).toHaveLength(1);
    await clock.advance(3000);
    client.typing(true);
    client.typing(false);
    client.typing(false);
    expect(frames('typing')).toHaveLength(3);
    wire.says({ type: 'typing', author: { name: 'Lin', avatar_url: null }, active: true });
    expect(client.state.typing?.name).toBe('Lin');
    await clock.advance(6000);
    expect(client.state.typing).toBeUndefined();
  });

  it('asks for a new session when it is refused', async () => {
    await goLive();
    session = () =>
      Response.json({ token: 'plv_2', visitor: { id: 'cus_2' }, channel: {}, cursor: '1-8' });
    wire.onclose?.({ code: 4401 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    wire.onopen?.();
    expect(frames('hello').pop()).toMatchObject({ token: 'plv_2' });
  });
});
