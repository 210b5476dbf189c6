import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../../core/api';
import type { Conversation, ConversationEvent, Message } from '../../protocol/types';
import { createConversations } from './conversations';
import { presets } from './filter';
import { conversation, message } from './fixtures';
import { createLists } from './lists';

const apiWith = (get: (path: string, query?: object) => unknown): Api =>
  ({ get: vi.fn(async (path: string, query?: object) => get(path, query)) }) as unknown as Api;

const asEvent = (item: Conversation): ConversationEvent => {
  const { unread: _, customer, ...rest } = item;
  const { online: __, ...summary } = customer;
  return { ...rest, customer: summary };
};

describe('conversations', () => {
  const held = conversation({ id: 'cnv_1', position: 10, last_seq: 3, unread: 1, updated_at: 100 });
  const start = (get = () => held as unknown) => {
    const store = createConversations(apiWith(get), 'usr_1');
    store.put([held]);
    return { store, now: () => store.all.value.get('cnv_1') as Conversation };
  };

  it('keeps the state with the higher position, whichever comes last', () => {
    const { store, now } = start();
    store.put([{ ...held, position: 9, status: 'resolved' }]);
    expect(now().status).toBe('open');
    store.put([{ ...held, position: 11, status: 'resolved' }]);
    expect(now().status).toBe('resolved');
  });

  it('keeps its own unread and online when an event brings the rest', () => {
    const { store, now } = start();
    const online = { ...held, customer: { ...held.customer, online: true } };
    store.put([online]);
    store.updated(asEvent({ ...online, position: 12, assignee: 'usr_2', unread: 99 }));
    expect(now()).toMatchObject({ assignee: 'usr_2', unread: 1, customer: { online: true } });
  });

  it('counts a message of the customer, and once', () => {
    const { store, now } = start();
    const next = message({ seq: 4, at: 200, text: 'new' });
    store.posted(next);
    store.posted(next);
    expect(now()).toMatchObject({ unread: 2, last_seq: 4, waiting_since_at: 200, updated_at: 200 });
    expect(now().last_message?.text).toBe('new');
  });

  it('counts a message whose conversation told of it first', () => {
    const { store, now } = start();
    store.updated(asEvent({ ...held, position: 12, last_seq: 4 }));
    store.posted(message({ seq: 4, at: 200 }));
    expect(now()).toMatchObject({ unread: 2, last_seq: 4, position: 12 });
  });

  it('does not count what the answer of the server had counted', () => {
    const { store, now } = start();
    // The position of a conversation is older than that of its newest message.
    store.put([{ ...held, last_seq: 4, unread: 2 }]);
    store.posted(message({ seq: 4, at: 200 }));
    expect(now()).toMatchObject({ unread: 2, position: 10 });
    // Asked for before that message came, answered after it.
    store.put([held]);
    expect(now()).toMatchObject({ unread: 2, last_seq: 4 });
  });

  it('ends the waiting with an answer, not with a note', () => {
    const { store, now } = start();
    store.posted(message({ seq: 4, at: 200 }));
    const agent: Partial<Message> = { author: { kind: 'agent', id: 'usr_2' }, at: 300 };
    store.posted(message({ ...agent, seq: 5, kind: 'note' }));
    expect(now().waiting_since_at).toBe(200);
    store.posted(message({ ...agent, seq: 6 }));
    expect(now().waiting_since_at).toBeNull();
    expect(now().unread).toBe(2);
  });

  it('is read and seen by the team when I answered, in whichever tab', () => {
    const store = createConversations(
      apiWith(() => held),
      'usr_1',
    );
    store.put([{ ...held, unread: 3, last_seq: 8 }]);
    const answer = { kind: 'agent', id: 'usr_1' } as const;
    store.posted(message({ conversation: 'cnv_1', seq: 9, author: answer }));
    expect(store.all.value.get('cnv_1')?.unread).toBe(0);
    expect(store.all.value.get('cnv_1')?.marks.agent_read).toBe(9);
    store.put([{ ...held, unread: 3, last_seq: 9 }]);
    store.posted(
      message({ conversation: 'cnv_1', seq: 10, author: { kind: 'agent', id: 'usr_2' } }),
    );
    expect(store.all.value.get('cnv_1')?.unread).toBe(3);
  });

  it('fetches a conversation it does not hold, once for several events', async () => {
    const other = conversation({ id: 'cnv_9', position: 20 });
    const api = apiWith(() => other);
    const store = createConversations(api, 'usr_1');
    store.posted(message({ conversation: 'cnv_9', seq: 1 }));
    store.updated(asEvent(other));
    await vi.waitFor(() => expect(store.all.value.has('cnv_9')).toBe(true));
    expect(api.get).toHaveBeenCalledTimes(1);
  });

  it('is read when everything was read, and asks when only a part was', async () => {
    const api = apiWith(() => ({ ...held, unread: 1, position: 15 }));
    const store = createConversations(api, 'usr_1');
    store.put([{ ...held, unread: 3, last_seq: 8 }]);
    store.read('cnv_1', 5);
    await vi.waitFor(() => expect(store.all.value.get('cnv_1')?.unread).toBe(1));
    store.read('cnv_1', 8);
    expect(store.all.value.get('cnv_1')?.unread).toBe(0);
  });
});

describe('lists', () => {
  const make = (id: string, at: number, patch: Partial<Conversation> = {}) =>
    conversation({ id, updated_at: at, position: at, ...patch });

  it('moves what was assigned and what got a message, without asking again', async () => {
    const api = apiWith(() => ({ items: [make('cnv_2', 20), make('cnv_1', 10)], next: null }));
    const conversations = createConversations(api, 'usr_1');
    const list = createLists(api, conversations, 'usr_1').of(presets.unassigned);
    await list.load();
    expect(list.items.value.map(({ id }) => id)).toEqual(['cnv_2', 'cnv_1']);
    conversations.posted(message({ conversation: 'cnv_1', seq: 2, at: 30 }));
    expect(list.items.value.map(({ id }) => id)).toEqual(['cnv_1', 'cnv_2']);
    conversations.put([make('cnv_1', 31, { assignee: 'usr_2' })]);
    expect(list.items.value.map(({ id }) => id)).toEqual(['cnv_2']);
    expect(api.get).toHaveBeenCalledTimes(1);
  });

  it('shows nothing below the last page, where there would be holes', async () => {
    const pages: Record<string, unknown> = {
      first: { items: [make('cnv_3', 30), make('cnv_2', 20)], next: 'second' },
      second: { items: [make('cnv_1', 10)], next: null },
    };
    const api = apiWith((_, query) => pages[(query as { after?: string }).after ?? 'first']);
    const conversations = createConversations(api, 'usr_1');
    // Held because it was opened from a search; older than what the list has loaded.
    conversations.put([make('cnv_0', 5)]);
    const list = createLists(api, conversations, 'usr_1').of(presets.all);
    await list.load();
    expect(list.items.value.map(({ id }) => id)).toEqual(['cnv_3', 'cnv_2']);
    expect(list.more.value).toBe(true);
    await list.load();
    expect(list.items.value.map(({ id }) => id)).toEqual(['cnv_3', 'cnv_2', 'cnv_1', 'cnv_0']);
    expect(list.more.value).toBe(false);
  });
});
