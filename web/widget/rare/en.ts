// What is said only when something is unusual: files, failures. Loaded with the code that says it.
import type { Translation } from '../../core/i18n';

const en = {
  retry: 'Try again',
  delete: 'Delete',
  remove: 'Remove {name}',
  drop: 'Drop files to attach them',
  tooMany: 'At most {max} files fit in one message.',
  tooLarge: '{name} is too large: at most {size}.',
  missing: 'This chat is not available',
  missingHelp: 'The link may be old, or the chat is closed. Please reach us another way.',
  error: 'Not sent. Please try again.',
  'attachment.too_large': 'Not sent: the file is too large.',
  'attachment.unsupported_image': 'Not sent: this kind of image cannot be read.',
  'request.too_large': 'Not sent: this is too large.',
  'input.invalid': 'Not sent: the message is empty, too long or its files expired.',
  'outbox.expired': 'Not sent for a week. Do you still want to send it?',
  question: 'How was our service?',
  stars: '{count} of 5 stars',
  solved: 'Was your question solved?',
  yes: 'Yes',
  no: 'No',
  comment: 'What could we do better? (optional)',
  rate: 'Send',
  thanks: 'Thank you for your feedback!',
  change: 'Change it',
  rateFailed: 'Could not be sent. Please try again.',
  rateClosed: 'This can no longer be changed.',
  loadFailed: 'Could not be loaded. Tap to try again.',
  transcriptFailed: 'The conversation could not be loaded. Please try again.',
  recalled: 'This message was taken back',
  edited: 'Edited',
  call_started: 'A call began',
  call_ended: 'The call ended',
  call_missed: 'Missed call',
  call_declined: 'The call was declined',
} as const;

export type RareDict = Translation<typeof en>;
export type RareEnglish = typeof en;
export default en;
