// A call in the list of messages, and why one could not be made. Loaded with the first of them.
import type { Locale } from '../core/i18n';
import type { CallVerb } from '../protocol/types';
import { rareTexts } from './rare';

export function callNotice(node: HTMLElement, { verb }: { verb: CallVerb }, locale: Locale): void {
  node.textContent = rareTexts(locale)(verb);
}
