// The kinds of events that can be asked for by name, in words.
import { t } from '../../../i18n';

const words = {
  'message.created': () => t('hooks.messageCreated'),
  'message.updated': () => t('hooks.messageUpdated'),
  'conversation.updated': () => t('hooks.conversationUpdated'),
  'conversation.deleted': () => t('hooks.conversationDeleted'),
  'customer.updated': () => t('hooks.customerUpdated'),
  'customer.deleted': () => t('hooks.customerDeleted'),
  'channel.updated': () => t('hooks.channelUpdated'),
  'user.updated': () => t('hooks.userUpdated'),
  'organisation.updated': () => t('hooks.organisationUpdated'),
  'quick_reply.updated': () => t('hooks.replyUpdated'),
  'quick_reply.deleted': () => t('hooks.replyDeleted'),
} as const;

export const kinds = Object.keys(words) as readonly (keyof typeof words)[];

/** One that this page does not know yet is called by its name. */
export const kindText = (kind: string): string =>
  (words as Record<string, (() => string) | undefined>)[kind]?.() ?? kind;
