// What the server tells, to the stores it concerns.
import type { AgentEvent } from '../../protocol/frames';
import type { Message } from '../../protocol/types';
import type { Desk } from './desk';
import { session, updateMe } from './session';

export function applyEvent(desk: Desk, event: AgentEvent): void {
  switch (event.type) {
    case 'message.created':
      posted(desk, event.message);
      break;
    case 'message.updated':
      revised(desk, event.message);
      break;
    case 'draft.updated':
      desk.drafts.heard(event.draft);
      break;
    case 'mentions.seen':
      desk.counts.touch();
      break;
    case 'conversation.updated':
      desk.conversations.updated(event.conversation);
      touch(desk);
      break;
    case 'conversation.read':
      desk.conversations.read(event.conversation, event.read);
      desk.marks.heard(event.conversation, event.read);
      touch(desk);
      break;
    case 'conversation.deleted':
      desk.conversations.deleted(event.conversation);
      touch(desk);
      break;
    case 'customer.deleted':
      desk.customers.deleted(event.customer);
      break;
    case 'customer.updated':
      desk.customers.updated(event.customer);
      desk.conversations.renamed(event.customer);
      break;
    case 'user.updated':
      desk.people.put(event.user);
      follow(event.user);
      break;
    case 'channel.updated':
      desk.channels.put(event.channel);
      break;
    case 'quick_reply.updated':
      desk.replies.put(event.quick_reply);
      break;
    case 'quick_reply.deleted':
      desk.replies.removed(event.quick_reply);
      break;
    case 'rating.given':
      desk.ratings.put(event.rating);
      break;
    case 'transfer.updated':
      desk.transfers.put(event.transfer);
      break;
    case 'tag.updated':
      desk.tags.put(event.tag);
      break;
    case 'tag.deleted':
      desk.tags.removed(event.tag);
      break;
    case 'saved_view.updated':
      desk.views.put(event.saved_view);
      break;
    case 'saved_view.deleted':
      desk.views.removed(event.saved_view);
      break;
    case 'looking':
      desk.lookers.heard(event.conversation, event.users);
      break;
    case 'organisation.updated':
      updateMe({ organisation: event.organisation });
      break;
    case 'typing':
      desk.typing.heard(event.conversation, event.author, event.active);
      break;
    case 'call.updated':
    case 'call.slots':
    case 'call.draw':
      desk.calls.hear(event);
      break;
    case 'presence':
      if ('user' in event) desk.people.setPresence(event.user, event.presence);
      else {
        desk.customers.setOnline(event.customer, event.online);
        desk.conversations.setOnline(event.customer, event.online);
      }
  }
}

/** Numbers may be others now. */
function touch(desk: Desk): void {
  desk.counts.touch();
  desk.views.touch();
}

function posted(desk: Desk, message: Message): void {
  desk.conversations.posted(message);
  desk.histories.arrived(message);
  desk.typing.wrote(message.conversation, message.author.id);
  if (message.client_id) desk.outbox.confirm(message.client_id);
  const assignee = desk.conversations.all.peek().get(message.conversation)?.assignee ?? null;
  // One of us says that it arrived, not the whole team.
  if (message.author.kind === 'customer' && (assignee === null || assignee === desk.me)) {
    desk.marks.delivered(message);
  }
  touch(desk);
}

/** Also what this page itself asked for, before its event comes. */
export function revised(
  desk: Pick<Desk, 'conversations' | 'histories' | 'counts'>,
  message: Message,
) {
  desk.conversations.revised(message);
  desk.histories.revised(message);
  if (message.kind === 'note') desk.counts.touch();
}

/** Somebody, perhaps an administrator, changed me. */
function follow(user: { id: string; name: string; email: string; avatar_url: string | null }) {
  const current = session.peek();
  if (current.kind !== 'in' || current.me.id !== user.id) return;
  const { name, email, avatar_url } = user;
  updateMe({ name, email, avatar_url });
}
