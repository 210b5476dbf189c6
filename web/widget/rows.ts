// What the list shows, as data: days, the unread line, notices, bubbles. No DOM, no clock.

import { unconfirmed } from '../core/messages';
import type { OutboxItem, OutFile } from '../core/queue';
import type { Attachment, CallVerb, Marks, VisitorMessage } from '../protocol/types';
import type { ClientState } from './client';

export type Status = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

export interface Bubble {
  type: 'bubble';
  key: string;
  mine: boolean;
  name?: string | null;
  avatar?: string | null;
  text: string;
  /** Of a message that is there. */
  said?: VisitorMessage;
  attachments?: readonly Attachment[];
  files?: readonly OutFile[] | undefined;
  at: number;
  status: Status | undefined;
  /** Whether it begins and ends a group of one author. */
  first: boolean;
  last: boolean;
  /** Of a failed one. */
  code?: string | undefined;
  /** The queued item's id, for retry and delete. */
  item?: string;
  progress?: number | undefined;
}

export type Row =
  | Bubble
  | { type: 'day'; key: string; at: number }
  | { type: 'unread'; key: string }
  | { type: 'notice'; key: string; verb: 'resolved' | 'reopened' }
  | { type: 'rating'; key: string; conversation: string }
  | { type: 'call'; key: string; verb: CallVerb };

const isCall = (verb: string): verb is CallVerb => verb[4] === '_';

const groupMs = 5 * 60_000;

export function statusOf(message: VisitorMessage, marks: Marks | undefined): Status {
  if (message.seq <= (marks?.agent_read ?? 0)) return 'read';
  return message.seq <= (marks?.agent_delivered ?? 0) ? 'delivered' : 'sent';
}

function fromMessage(message: VisitorMessage, marks: Marks | undefined): Bubble {
  const { kind, name, avatar_url } = message.author;
  const mine = kind === 'customer';
  return {
    ...message,
    type: 'bubble',
    // One that was changed is drawn anew.
    key: `${message.client_id ?? `${message.conversation}/${message.seq}`}${message.revision || ''}`,
    said: message,
    mine,
    name,
    avatar: avatar_url,
    status: mine ? statusOf(message, marks) : undefined,
    first: true,
    last: true,
  };
}

function fromQueue(item: OutboxItem, progress = 0): Bubble {
  const { id, state, files } = item;
  return {
    ...item,
    type: 'bubble',
    key: id,
    mine: true,
    status: state === 'failed' ? state : 'sending',
    first: true,
    last: true,
    item: id,
    progress: state === 'sending' && files ? progress : undefined,
  };
}

/** `day` names the calendar day of a moment, for comparison only. */
export function rows(
  state: Pick<ClientState, 'messages' | 'queue' | 'marks' | 'divider' | 'progress'> & {
    channel?: ClientState['channel'] | undefined;
  },
  day: (at: number) => string,
): Row[] {
  const list: Row[] = [];
  let today = '';
  let before: Bubble | undefined;
  const unanswered: Bubble[] = [];

  const push = (row: Exclude<Row, Bubble>): void => {
    before = undefined;
    list.push(row);
  };
  const bubble = (next: Bubble): void => {
    // A failed one stands alone: its buttons must be clear.
    const joins =
      before &&
      before.mine === next.mine &&
      (before.mine || before.name === next.name) &&
      before.status !== 'failed' &&
      next.status !== 'failed' &&
      next.at - before.at < groupMs;
    if (before && joins) {
      next.first = false;
      before.last = false;
    }
    before = next;
    list.push(next);
  };
  const dayOf = (at: number): void => {
    const name = day(at);
    if (name === today) return;
    today = name;
    push({ type: 'day', key: `day ${name}`, at });
  };

  // Only the newest turn asks: what goes on is not over yet.
  const turn = state.messages.filter((message) => message.activity).pop();

  for (const message of state.messages) {
    dayOf(message.at);
    if (message === state.divider) push({ type: 'unread', key: 'unread' });
    if (message.activity) {
      const { conversation, seq, activity } = message;
      const key = `${conversation}/${seq}`;
      const { verb } = activity;
      if (isCall(verb)) push({ type: 'call', key, verb });
      else if (verb !== 'rating_asked') push({ type: 'notice', key, verb });
      const asks =
        verb === 'rating_asked' ||
        (verb === 'resolved' && state.channel?.settings.rating?.ask === verb);
      if (asks && message === turn) push({ type: 'rating', key: `rating ${key}`, conversation });
    } else if (message.kind === 'text') {
      const next = fromMessage(message, state.marks[message.conversation]);
      bubble(next);
      // Who answers has read what came before, whatever the marks say.
      if (next.mine) unanswered.push(next);
      else for (const asked of unanswered.splice(0)) asked.status = 'read';
    }
  }
  for (const item of unconfirmed(state.queue, state.messages)) {
    dayOf(item.at);
    bubble(fromQueue(item, state.progress[item.id]));
  }
  return list;
}
