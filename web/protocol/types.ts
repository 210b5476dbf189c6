// What docs/protocol.md describes, as types. Fields may be added by a newer server at any time.
import type { CallSettings } from './calls';

export type Role = 'owner' | 'administrator' | 'supervisor' | 'agent';
export type Availability = 'online' | 'away';
export type Presence = Availability | 'offline';
export type ConversationStatus = 'open' | 'resolved';
export type Cursor = string;

export interface Me {
  id: string;
  name: string;
  email: string;
  role: Role;
  locale: string;
  availability: Availability;
  avatar_url: string | null;
  organisation: Organisation;
}

export interface Organisation {
  name: string;
  locale: string;
  time_zone: string;
}

export interface User {
  id: string;
  name: string;
  email: string;
  role: Role;
  active: boolean;
  avatar_url: string | null;
  presence: Presence;
}

export interface Token {
  id: string;
  name: string;
  created_at: number;
  last_used_at: number | null;
}

export interface ChannelSettings {
  colour: string;
  position: 'right' | 'left';
  theme: 'auto' | 'light' | 'dark';
  launcher_label: string;
  greeting: string;
  title: string;
  sound: boolean;
  origins: string[];
  reopen_hours: number;
  handback: Handback;
  handback_after_s: number;
  /** How long agents may mend or take back what they wrote; 0 = not at all. */
  revise_minutes: number;
  rating: RatingSettings;
  hours: Hours;
  reception: ReceptionSettings;
  prechat: PrechatSettings;
  calls: CallSettings;
}

/** When people are served. */
export interface Hours {
  /** Otherwise it is open always. */
  enabled: boolean;
  time_zone: string;
  /** Monday to Sunday. */
  week: Span[][];
  /** Dates on which other hours hold; visitors are not told. */
  dates: DateHours[];
}

/** `09:00`; a `to` that is not later is on the next day. */
export interface Span {
  from: string;
  to: string;
}

export interface DateHours {
  /** `2026-12-25` */
  date: string;
  name: string;
  /** Empty: closed. */
  spans: Span[];
}

export interface ReceptionSettings {
  /** Whether it matters who is there; otherwise the hours alone decide. */
  presence: boolean;
  /** Empty: the same as when it is open. */
  closed_greeting: string;
  ask_contact: boolean;
  /** Tell those who wait how many are before them. */
  queue: boolean;
}

/** What is asked before a conversation. */
export interface PrechatSettings {
  enabled: boolean;
  lead: string;
  fields: PrechatField[];
  /** Without a text nothing is to be agreed to. */
  consent: PrechatConsent;
}

export interface PrechatField {
  id: string;
  /** The first three are the customer's own. */
  kind: 'name' | 'email' | 'phone' | 'text' | 'choice';
  label: string;
  required: boolean;
  /** Of a choice; visitors are not told the tags. */
  options: { text: string; tag: string | null }[];
}

export interface PrechatConsent {
  text: string;
  link_text: string;
  url: string;
}

/** What the acting visitor is asked. */
export interface PrechatForm {
  needed: boolean;
  lead: string;
  fields: PrechatField[];
  consent: PrechatConsent;
}

export interface PrechatFilled {
  answers: { label: string; text: string }[];
  consent: string | null;
  at: number;
}

/** Whether a visitor who comes now is received. */
export interface Reception {
  open: boolean;
  /** Open, and somebody may answer now. */
  here: boolean;
  opens_at: number | null;
  closes_at: number | null;
  greeting: string;
}

/** How customers are asked what they think of how they were served. */
export interface RatingSettings {
  ask: 'off' | 'on_request' | 'resolved';
  /** Empty: the chat has one of its own. */
  question: string;
  /** Words to choose from. */
  tags: string[];
}

/** Which open conversations of an assignee who cannot be reached go back to the queue. */
export type Handback = 'off' | 'waiting' | 'all';

export interface Channel {
  id: string;
  key: string;
  name: string;
  kind: 'web';
  active: boolean;
  everyone: boolean;
  members: string[];
  settings: ChannelSettings;
  created_at: number;
}

export interface CustomerSummary {
  id: string;
  name: string | null;
  email: string | null;
  online: boolean;
}

export interface Customer extends CustomerSummary {
  phone: string | null;
  note: string;
  attributes: Record<string, string>;
  verified: false;
  created_at: number;
  last_seen_at: number;
  page: { url: string; title: string; referrer: string; at: number } | null;
  device: { browser: string; os: string; kind: string; language: string | null } | null;
}

export interface Marks {
  customer_delivered: number;
  customer_read: number;
  agent_delivered: number;
  agent_read: number;
}

export type Priority = 'none' | 'low' | 'normal' | 'high' | 'urgent';

/** Put aside, though open; without a time until the customer writes, which ends every snooze. */
export interface Snooze {
  by: string;
  until: number | null;
}

export interface Tag {
  id: string;
  name: string;
  colour: TagColour;
  created_at: number;
  position: number;
}

export type TagColour = 'grey' | 'red' | 'orange' | 'green' | 'blue' | 'violet';

export interface SavedView {
  id: string;
  scope: 'shared' | 'personal';
  name: string;
  /** As in the query of `GET /conversations`. */
  filter: string;
  place: number;
  updated_at: number;
  position: number;
}

/** What shall be so of a conversation; what is absent stays. The server answers with what takes it back. */
export interface ConversationChange {
  status?: ConversationStatus;
  assignee?: string | null;
  priority?: Priority;
  snooze?: { until: number | null } | null;
  add_tags?: string[];
  remove_tags?: string[];
  unread?: boolean;
  read?: number;
  expected_epoch?: number;
}

export interface ChangeOutcome {
  conversation: string;
  now?: Conversation;
  undo?: ConversationChange;
  /** Why it was refused. */
  code?: string;
}

export interface Conversation {
  id: string;
  channel: string;
  customer: CustomerSummary;
  status: ConversationStatus;
  assignee: string | null;
  owner_epoch: number;
  /** Nothing of it may be deleted. */
  held: boolean;
  priority: Priority;
  snooze: Snooze | null;
  /** One that is not in the list of tags was deleted. */
  tags: string[];
  created_at: number;
  updated_at: number;
  waiting_since_at: number | null;
  last_seq: number;
  last_message: Message | null;
  marks: Marks;
  unread: number;
  position: number;
}

/** A `Conversation` in an event: without what differs between people or is not stored. */
export type ConversationEvent = Omit<Conversation, 'unread' | 'customer'> & {
  customer: Omit<CustomerSummary, 'online'>;
};

export interface Attachment {
  id: string;
  name: string;
  media_type: string;
  bytes: number;
  width: number | null;
  height: number | null;
}

export interface Activity {
  verb:
    | 'opened'
    | 'assigned'
    | 'unassigned'
    | 'handed_back'
    | 'resolved'
    | 'reopened'
    | 'held'
    | 'released'
    | 'rating_asked'
    | 'rated'
    | 'transfer_offered'
    | 'transfer_accepted'
    | 'transfer_declined'
    | 'transfer_withdrawn'
    | 'transfer_expired'
    | 'snoozed'
    | 'woken'
    | CallVerb;
  subject: string | null;
  /** Of the call's verbs. */
  call?: string;
}

export type CallVerb = 'call_started' | 'call_missed' | 'call_declined' | 'call_ended';

/** A conversation offered to a colleague. It stays with `from` until `to` accepts. */
export interface Transfer {
  id: string;
  conversation: string;
  from: string;
  to: string;
  note: string;
  state: 'pending' | 'accepted' | 'declined' | 'withdrawn' | 'expired' | 'gone' | 'overtaken';
  /** What it was declined with. */
  word: string;
  offered_at: number;
  expires_at: number;
  ended_at: number | null;
  position: number;
}

export interface QuickReply {
  id: string;
  scope: 'shared' | 'personal';
  /** `Delivery/Returns`; empty: none. */
  folder: string;
  title: string;
  shortcut: string;
  text: string;
  used: number;
  last_used_at: number | null;
  updated_at: number;
  position: number;
}

/** What every message has, whoever looks at it. */
export interface MessageCore {
  conversation: string;
  seq: number;
  order: number;
  client_id: string | null;
  text: string;
  attachments: Attachment[];
  /** How often it was changed: of two states the higher one counts. */
  revision: number;
  edited_at: number | null;
  /** Taken back: text and attachments are empty. */
  recalled_at: number | null;
  at: number;
}

/** How a quoted message begins; `file` names the first one of a message without words. */
export interface QuotedWords {
  seq: number;
  text: string;
  file: string | null;
  recalled: boolean;
}

export interface Quote extends QuotedWords {
  kind: 'text' | 'note';
  author: MessageAuthor;
}

export interface VisitorQuote extends QuotedWords {
  author: 'customer' | 'agent';
}

export interface MessageAuthor {
  kind: 'customer' | 'agent' | 'system';
  id: string | null;
}

export interface Message extends MessageCore {
  kind: 'text' | 'note' | 'activity';
  author: MessageAuthor;
  activity: Activity | null;
  quote: Quote | null;
  /** Whom a note calls. */
  mentions: string[];
}

/** What a message said, from first to last. */
export interface MessageRecord {
  items: { text: string; at: number }[];
  recalled_at: number | null;
  attachments: Attachment[];
}

/** A note that calls you. */
export interface Mention {
  conversation: Conversation;
  message: Message;
  at: number;
  seen: boolean;
}

/** What you have begun to write and not sent. */
export interface Draft {
  conversation: string;
  text: string;
  note: string;
  /** The seq of the message that the reply answers. */
  quote: number | null;
  updated_at: number;
  position: number;
}

export interface VisitorAuthor {
  kind: 'customer' | 'agent' | 'system';
  name: string | null;
  avatar_url: string | null;
}

export interface VisitorMessage extends MessageCore {
  kind: 'text' | 'activity';
  author: VisitorAuthor;
  activity: { verb: 'resolved' | 'reopened' | 'rating_asked' | CallVerb } | null;
  quote: VisitorQuote | null;
}

export interface Receipt {
  client_id: string;
  conversation: string;
  seq: number;
  order: number;
  at: number;
  position: number;
}

export interface VisitorConversation {
  id: string;
  status: ConversationStatus;
  assignee: { name: string; avatar_url: string | null } | null;
  marks: Marks;
  last_seq: number;
}

/** What a visitor said of how they were served. */
export interface VisitorRating {
  score: number;
  solved: boolean | null;
  tags: string[];
  comment: string;
}

export interface VisitorRatingState {
  may_rate: boolean;
  rating: VisitorRating | null;
}

export interface Rating extends VisitorRating {
  id: string;
  conversation: string;
  channel: string;
  customer: string;
  /** Whose conversation it was. */
  agent: string | null;
  at: number;
  changed_at: number;
  position: number;
}

export interface RatingTally {
  count: number;
  average: number | null;
  /** How many gave one star, two, …, five. */
  scores: number[];
  solved: number;
  unsolved: number;
}

export interface RatingSummary {
  all: RatingTally;
  agents: { agent: string | null; tally: RatingTally }[];
}

export interface VisitorChannel {
  name: string;
  organisation: string;
  settings: ChannelSettings;
  reception: Reception;
}

export interface Visitor {
  id: string;
  name: string | null;
  email: string | null;
}

export interface VisitorSession {
  token: string;
  visitor: Visitor;
  channel: VisitorChannel & { key: string };
  cursor: Cursor;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface MessagePage {
  items: Message[];
  first_seq: number;
  last_seq: number;
}

export interface VisitorMessagePage {
  items: VisitorMessage[];
  more: boolean;
  /** The newest one's state. */
  conversation: VisitorConversation | null;
}

export interface Counts {
  unassigned: number;
  mine: number;
  all: number;
  snoozed: number;
  resolved: number;
  unread: number;
  handed_back: number;
  mentions: number;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  retry_after?: number;
  fields?: FieldProblem[];
  request_id?: string;
}

export interface FieldProblem {
  field: string;
  code: 'required' | 'too_long' | 'too_short' | 'invalid' | 'unknown' | 'taken';
}

/** Why nothing of a conversation may be deleted. */
export interface Hold {
  user: string;
  note: string;
  at: number;
}

/** Days; 0 = for ever. */
export interface Retention {
  conversations_days: number;
  customers_days: number;
  events_days: number;
  /** Of calls; 0: as long as their conversation. */
  recordings_days: number;
  channels: { channel: string; conversations_days: number }[];
}

/** What a policy would delete of one channel. */
export interface RetentionDue {
  channel: string;
  before: number;
  conversations: number;
}
