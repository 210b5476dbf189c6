// Names and sentences for things that come as ids and codes.
import { ApiError } from '../../core/api';
import type { CustomerSummary, Message } from '../../protocol/types';
import { t } from '../i18n';
import type { People } from './people';

export function nameOf(customer: Pick<CustomerSummary, 'id' | 'name' | 'email'>): string {
  const number = customer.id.replace(/^\D+/, '');
  return customer.name || customer.email || t('customer.anonymous', { id: number });
}

export function colleague(people: People, id: string | null): string {
  return people.find(id)?.name ?? t('people.unknown');
}

/** One line of a list. */
export function preview(message: Message | null): string {
  if (!message) return '';
  if (message.recalled_at !== null) return t('message.recalled');
  if (message.text.trim()) return message.text.replace(/\s+/g, ' ').trim();
  return message.attachments[0]?.name ?? t('message.attachment');
}

/** "Lin took this". */
export function activitySentence(people: People, me: string, message: Message): string {
  const { author, activity } = message;
  const who =
    author.kind === 'agent'
      ? author.id === me
        ? t('activity.you')
        : colleague(people, author.id)
      : author.kind === 'customer'
        ? t('activity.customer')
        : t('activity.system');
  const subject =
    activity?.subject === me
      ? t('activity.youObject')
      : colleague(people, activity?.subject ?? null);
  switch (activity?.verb) {
    case 'assigned':
      return author.kind === 'agent' && author.id === activity.subject
        ? t('activity.took', { who })
        : t('activity.assigned', { who, subject });
    case 'unassigned':
      return t('activity.unassigned', { who });
    case 'handed_back':
      return activity.subject === me
        ? t('activity.handedBackYou')
        : t('activity.handedBack', { subject });
    case 'resolved':
      return t('activity.resolved', { who });
    case 'reopened':
      return t('activity.reopened', { who });
    case 'held':
      return t('activity.held', { who });
    case 'released':
      return t('activity.released', { who });
    case 'rating_asked':
      return t('activity.ratingAsked', { who });
    case 'rated':
      return t('activity.rated', { who });
    case 'transfer_offered':
      return t('activity.transferOffered', { who, subject });
    case 'transfer_accepted':
      return t('activity.transferAccepted', { who, subject });
    case 'transfer_declined':
      return t('activity.transferDeclined', { who });
    case 'transfer_withdrawn':
      return t('activity.transferWithdrawn', { who });
    case 'transfer_expired':
      return t('activity.transferExpired', { subject });
    case 'snoozed':
      return t('activity.snoozed', { who });
    case 'woken':
      return author.kind === 'agent' ? t('activity.wokenBy', { who }) : t('activity.woken');
    case 'call_started':
      return t('call.began', { who });
    case 'call_ended':
      return t('call.ended');
    case 'call_missed':
      return t('call.missed');
    case 'call_declined':
      return t('call.declined');
    default:
      return t('activity.opened', { who });
  }
}

/** What to tell a person about a failure; the server's own words are for developers. */
export function sentence(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.unknown');
  switch (error.code) {
    case 'network':
      return t('error.network');
    case 'rate.limited':
    case 'server.busy':
      return t('error.rate', { seconds: error.retryAfter ?? 5 });
    case 'server.unavailable':
      return t('error.unavailable');
    case 'session.wrong_credentials':
      return t('error.credentials');
    case 'session.expired':
    case 'session.required':
      return t('error.session');
    case 'role.insufficient':
      return t('error.role');
    case 'not_found':
      return t('error.notFound');
    case 'conversation.assignee_changed':
      return t('error.assigneeChanged');
    case 'transfer.over':
      return t('error.transferOver');
    case 'transfer.pending':
      return t('error.transferPending');
    case 'transfer.not_yours':
      return t('error.transferNotYours');
    case 'transfer.agent_offline':
      return t('error.transferOffline');
    case 'conversation.resolved':
      return t('error.resolved');
    case 'message.too_late':
      return t('error.tooLate');
    case 'message.recalled':
      return t('error.recalled');
    case 'tag.too_many':
      return t('error.tooManyTags');
    case 'saved_view.too_many':
      return t('error.tooManyViews');
    case 'user.email_taken':
      return t('error.emailTaken');
    case 'token.too_many':
      return t('error.tooManyTokens');
    case 'quick_reply.too_many':
      return t('error.tooManyReplies');
    case 'webhook.too_many':
      return t('error.tooManyWebhooks');
    case 'rating.off':
      return t('rating.isOff');
    case 'user.last_owner':
      return t('error.lastOwner');
    case 'setup.wrong_secret':
      return t('setup.badLink');
    case 'setup.done':
      return t('setup.done');
    case 'attachment.too_large':
    case 'request.too_large':
      return t('error.tooLarge');
    case 'attachment.unsupported_image':
      return t('error.image');
    case 'outbox.full':
      return t('error.outboxFull');
    case 'outbox.expired':
      return t('error.outboxExpired');
    case 'input.invalid':
      return t('error.invalid');
    default:
      return t('error.server', { code: error.code });
  }
}

/** What is wrong with each field of a form, by the name the server gave. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    error.fields.map(({ field, code }) => [
      field,
      {
        required: t('field.required'),
        too_long: t('field.tooLong'),
        too_short: t('field.tooShort'),
        invalid: t('field.invalid'),
        unknown: t('field.unknown'),
        taken: t('field.taken'),
      }[code] ?? t('field.invalid'),
    ]),
  );
}
