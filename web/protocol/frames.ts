// The frames of the socket. `A` tells the two audiences apart: agents and programs, or visitors.
import type { CallEvent, DrawFrame } from './calls';
import type {
  Availability,
  Channel,
  ConversationEvent,
  Cursor,
  Customer,
  Draft,
  Message,
  Organisation,
  Presence,
  QuickReply,
  Rating,
  Receipt,
  Reception,
  SavedView,
  Tag,
  Transfer,
  User,
  VisitorConversation,
  VisitorMessage,
} from './types';

export type ClientFrame =
  | { type: 'hello'; protocol: 1; token?: string; cursor?: Cursor }
  | SendFrame
  | { type: 'typing'; conversation?: string; active: boolean }
  | { type: 'looking'; conversation: string | null }
  | { type: 'mark'; conversation: string; delivered?: number; read?: number }
  | { type: 'page'; url: string; title: string; referrer: string }
  | { type: 'presence'; availability: Availability }
  | DrawFrame;

export interface SendFrame {
  type: 'send';
  id: string;
  conversation?: string;
  kind?: 'text' | 'note';
  text: string;
  attachments?: string[];
  /** The seq of the message it answers. */
  quote?: number;
  /** Whom a note calls. */
  mentions?: string[];
}

export interface Welcome {
  type: 'welcome';
  protocol: 1;
  principal: { kind: 'agent' | 'visitor'; id: string };
  reset: boolean;
  cursor: Cursor;
  heartbeat_ms: number;
  limits: { text_bytes_max: number; attachment_bytes_max: number };
  presence?: Record<string, Presence>;
}

interface Stored {
  cursor: Cursor;
  position: number;
}

export type Ack = { type: 'ack'; id: string } & Omit<Receipt, 'client_id'>;

export interface Reject {
  type: 'reject';
  id: string;
  code: string;
  detail: string;
  retry_after?: number;
}

interface ErrorFrame {
  type: 'error';
  code: string;
  detail: string;
  retry_after?: number;
}

type Control =
  | Welcome
  | { type: 'live'; cursor: Cursor }
  | Ack
  | Reject
  | { type: 'tick' }
  | ErrorFrame;

/** What the connection hands on, on an agent's or a program's line. */
export type AgentEvent =
  | (Stored & { type: 'message.created'; channel: string; message: Message })
  | (Stored & { type: 'message.updated'; channel: string; message: Message })
  | (Stored & { type: 'draft.updated'; draft: Draft })
  | (Stored & { type: 'mentions.seen'; conversation: string | null })
  | (Stored & { type: 'conversation.updated'; conversation: ConversationEvent })
  | (Stored & { type: 'conversation.read'; conversation: string; read: number })
  | (Stored & { type: 'conversation.deleted'; conversation: string })
  | (Stored & { type: 'customer.updated'; customer: Omit<Customer, 'online'> })
  | (Stored & { type: 'customer.deleted'; customer: string })
  | (Stored & { type: 'user.updated'; user: User })
  | (Stored & { type: 'channel.updated'; channel: Channel })
  | (Stored & { type: 'quick_reply.updated'; quick_reply: QuickReply })
  | (Stored & { type: 'quick_reply.deleted'; quick_reply: string })
  | (Stored & { type: 'rating.given'; rating: Rating })
  | (Stored & { type: 'transfer.updated'; transfer: Transfer })
  | (Stored & { type: 'tag.updated'; tag: Tag })
  | (Stored & { type: 'tag.deleted'; tag: string })
  | (Stored & { type: 'saved_view.updated'; saved_view: SavedView })
  | (Stored & { type: 'saved_view.deleted'; saved_view: string })
  | (Stored & { type: 'organisation.updated'; organisation: Organisation })
  | {
      type: 'typing';
      conversation: string;
      author: { kind: 'customer' | 'agent'; id: string };
      active: boolean;
    }
  | { type: 'looking'; conversation: string; users: string[] }
  | { type: 'presence'; user: string; presence: Presence }
  | { type: 'presence'; customer: string; online: boolean }
  | CallEvent;

/** The same on a visitor's line. */
export type VisitorEvent =
  | (Stored & { type: 'message.created' | 'message.updated'; message: VisitorMessage })
  | (Stored & { type: 'conversation.updated'; conversation: VisitorConversation })
  | { type: 'typing'; author: { name: string; avatar_url: string | null }; active: boolean }
  | { type: 'reception.updated'; reception: Reception }
  | { type: 'queue.updated'; ahead: number | null }
  | CallEvent;

export type ServerFrame<E> = Control | E;
