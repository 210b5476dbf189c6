// Finding a quick reply by a few letters. Substrings, because Chinese has no spaces to find words by.
import type { QuickReply } from '../../protocol/types';

const shownMax = 50;

/** Better matches first; among equals what is used more. */
export function findReplies(
  all: readonly QuickReply[],
  typed: string,
  max = shownMax,
): readonly QuickReply[] {
  const wanted = typed.trim().toLocaleLowerCase().replace(/^\//, '');
  const words = wanted.split(/\s+/).filter(Boolean);
  return all
    .map((reply) => ({ reply, rank: rank(reply, wanted, words) }))
    .filter(({ rank }) => rank > 0)
    .sort(
      (a, b) =>
        b.rank - a.rank ||
        b.reply.used - a.reply.used ||
        a.reply.title.localeCompare(b.reply.title),
    )
    .slice(0, max)
    .map(({ reply }) => reply);
}

function rank(reply: QuickReply, wanted: string, words: readonly string[]): number {
  if (!wanted) return 1;
  const title = reply.title.toLocaleLowerCase();
  const where = `${reply.folder}/${title}`.toLocaleLowerCase();
  const every = (text: string) => words.every((word) => text.includes(word));
  if (reply.shortcut === wanted) return 6;
  if (reply.shortcut.startsWith(wanted)) return 5;
  if (title.startsWith(wanted)) return 4;
  if (every(title)) return 3;
  if (every(where)) return 2;
  return every(`${where} ${reply.text.toLocaleLowerCase()}`) ? 1 : 0;
}

export interface Folder {
  readonly name: string;
  readonly replies: readonly QuickReply[];
}

/** By folder, those in none first. */
export function byFolder(replies: readonly QuickReply[]): readonly Folder[] {
  const folders = new Map<string, QuickReply[]>();
  const sorted = [...replies].sort(
    (a, b) => a.folder.localeCompare(b.folder) || a.title.localeCompare(b.title),
  );
  for (const reply of sorted) {
    const held = folders.get(reply.folder);
    if (held) held.push(reply);
    else folders.set(reply.folder, [reply]);
  }
  return [...folders].map(([name, inside]) => ({ name, replies: inside }));
}
