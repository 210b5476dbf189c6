import type { Translation } from '../../core/i18n';

const en = {
  title: 'Chat',
  empty: 'How can we help?',
  write: 'Write a message…',
  send: 'Send',
  attach: 'Attach files',
  camera: 'Take a photo',
  emoji: 'Emoji',
  sound: 'Sound for new messages',
  save: 'Save this conversation',
  close: 'Close',
  messages: 'Messages',
  earlier: 'Earlier messages',
  unread: 'New',
  pill: 'New messages: {count}',
  you: 'You',
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  typing: '{name} is typing',
  agent: 'Support',
  connecting: 'Reconnecting…',
  offline: 'You are offline. Your messages are kept and sent later.',
  resolved: 'This conversation was closed. Write to open it again.',
  reopened: 'The conversation goes on.',
  nearLimit: 'Your message is almost too long.',
  overLimit: 'Your message is too long. Please send it in parts.',
  'outbox.full': 'Too many messages are waiting. Wait until some are sent.',
} as const;

export type Dict = Translation<typeof en>;
export type English = typeof en;
export default en;
