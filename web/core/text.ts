// What somebody typed, as data a renderer turns into elements. There is no way from here to HTML.

export { isEmojiOnly, utf8Bytes } from './measure';

export type TextToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'break' };

// Only ASCII belongs to a link: Chinese goes on right behind an address without a space, and
// browsers copy other scripts percent-encoded anyway. The name before an @ has an end (RFC 5321: 64), or a hostile text would
// be read anew from each of its letters.
const candidate =
  /\bhttps?:\/\/[\w[][!-;=?-~]*|\bwww\.[\w-]+\.[\w-][!-;=?-~]*|(?:\bmailto:)?[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/gi;

const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Punctuation at the end is the sentence's, and so is a bracket that was not opened inside. */
function trimmed(url: string): string {
  const count: Record<string, number> = {};
  for (const char of url) count[char] = (count[char] ?? 0) + 1;
  let end = url.length;
  for (; end > 0; end--) {
    const last = url.charAt(end - 1);
    const open = pairs[last];
    const unopened = open && (count[open] ?? 0) < (count[last] ?? 0);
    if (!unopened && !/[.,;:!?'"*_~]/.test(last)) break;
    count[last] = (count[last] ?? 0) - 1;
  }
  return url.slice(0, end);
}

function hrefOf(text: string): string | undefined {
  if (/^(https?:|mailto:)/i.test(text)) return text;
  return text.includes('@') ? `mailto:${text}` : `https://${text}`;
}

function pushText(tokens: TextToken[], text: string): void {
  text.split(/\r\n|\r|\n/).forEach((line, i) => {
    if (i) tokens.push({ kind: 'break' });
    if (line) tokens.push({ kind: 'text', text: line });
  });
}

export function tokens(text: string): TextToken[] {
  const found: TextToken[] = [];
  let from = 0;
  for (const match of text.matchAll(candidate)) {
    const link = trimmed(match[0]);
    const href = link && hrefOf(link);
    if (!href || match.index < from) continue;
    pushText(found, text.slice(from, match.index));
    found.push({ kind: 'link', text: link, href });
    from = match.index + link.length;
  }
  pushText(found, text.slice(from));
  return found;
}
