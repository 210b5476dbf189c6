// When a message may go, and by which key.
import { utf8Bytes } from '../../../core/text';
import { t } from '../../i18n';

/** What a message with this text and these files still needs; undefined when it may go. */
export function objection(text: string, files: number, bytesMax: number): string | undefined {
  if (!text.trim() && !files) return '';
  const over = utf8Bytes(text) - bytesMax;
  return over > 0 ? t('composer.tooLong', { count: over }) : undefined;
}

export function isSendKey(event: KeyboardEvent): boolean {
  // 229: what Safari says of the Enter that chose a word, after its composition ended.
  const composing = event.isComposing || event.keyCode === 229;
  return event.key === 'Enter' && !event.shiftKey && !composing;
}
