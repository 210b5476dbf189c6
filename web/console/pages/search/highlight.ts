// Which parts of a text to mark for a query. The server finds; this only shows where.

export interface Part {
  readonly text: string;
  readonly hit: boolean;
}

const literal = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function pattern(query: string): RegExp | undefined {
  const words = query.trim().split(/\s+/u).filter(Boolean);
  if (!words.length) return undefined;
  // The longest first: `ab` must not hide `abc`.
  words.sort((a, b) => b.length - a.length);
  return new RegExp(words.map(literal).join('|'), 'giu');
}

export function highlight(text: string, query: string): Part[] {
  const wanted = pattern(query);
  if (!wanted) return [{ text, hit: false }];
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(wanted)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), hit: false });
    parts.push({ text: match[0], hit: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), hit: false });
  return parts;
}

const before = 40;
const after = 160;

/** The neighbourhood of the first hit of a long text. */
export function excerpt(text: string, query: string): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat.length <= before + after) return flat;
  const at = pattern(query)?.exec(flat)?.index ?? 0;
  const from = Math.max(0, at - before);
  const to = Math.min(flat.length, from + before + after);
  return `${from > 0 ? '… ' : ''}${flat.slice(from, to)}${to < flat.length ? ' …' : ''}`;
}
