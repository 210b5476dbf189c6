// Links in a text, as elements. Loaded with the first text that may have one.
import { tokens } from '../core/text';
import { el } from './dom';

export function richText(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const token of tokens(text)) {
    if (token.kind === 'break') fragment.append('\n');
    else if (token.kind === 'text') fragment.append(token.text);
    else {
      const link = { href: token.href, target: '_blank', rel: 'noopener noreferrer nofollow' };
      fragment.append(el('a', link, token.text));
    }
  }
  return fragment;
}
