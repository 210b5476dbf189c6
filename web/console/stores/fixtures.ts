// For unit tests only.
import type { Conversation, Message } from '../../protocol/types';

export const message = (patch: Partial<Message> = {}): Message => ({
  conversation: 'cnv_1',
  seq: 1,
  order: patch.seq ?? 1,
  kind: 'text',
  author: { kind: 'customer', id: 'cus_1' },
  client_id: null,
  text: 'hello',
  attachments: [],
  activity: null,
  quote: null,
  mentions: [],
  revision: 0,
  edited_at: null,
  recalled_at: null,
  at: 1_000,
  ...patch,
});

export const conversation = (patch: Partial<Conversation> = {}): Conversation => ({
  id: 'cnv_1',
  channel: 'chn_1',
  customer: { id: 'cus_1', name: 'Mei', email: null, online: false },
  status: 'open',
  assignee: null,
  owner_epoch: 0,
  held: false,
  priority: 'none',
  snooze: null,
  tags: [],
  created_at: 0,
  updated_at: 0,
  waiting_since_at: null,
  last_seq: 1,
  last_message: null,
  marks: { customer_delivered: 0, customer_read: 0, agent_delivered: 0, agent_read: 0 },
  unread: 0,
  position: 1,
  ...patch,
});
