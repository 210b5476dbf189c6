// Whom one may call in a note, and whom a text calls.
import type { Channel, User } from '../../protocol/types';
import { atLeast } from '../roles';

/** Colleagues who may see the channel. */
export function callable(
  people: readonly User[],
  channel: Channel | undefined,
  me: string,
): User[] {
  const sees = (user: User): boolean =>
    atLeast(user.role, 'supervisor') ||
    channel === undefined ||
    channel.everyone ||
    channel.members.includes(user.id);
  return people.filter((user) => user.active && user.id !== me && sees(user));
}

export type Called =
  | { readonly user?: undefined; readonly text: string }
  | { readonly user: User; readonly text: string };

const latin = /[\p{Script=Latin}\p{N}]/u;

/** "@Lin" is not in "@Linda", but Chinese knows no spaces. */
function endsAt(text: string, at: number, name: string): boolean {
  const next = text[at] ?? '';
  return !(latin.test(next) && latin.test(name.at(-1) ?? ''));
}

/** The text in pieces, those that call one of `people` marked. */
export function calls(text: string, people: readonly User[]): Called[] {
  // The longest name first: "@Lin Wei" is not "@Lin".
  const names = [...people].sort((a, b) => b.name.length - a.name.length);
  const found: Called[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    const here = at;
    const user =
      text[at] === '@' &&
      names.find(
        ({ name }) => text.startsWith(name, here + 1) && endsAt(text, here + 1 + name.length, name),
      );
    if (user) {
      if (plain) found.push({ text: plain });
      plain = '';
      found.push({ user, text: `@${user.name}` });
      at += user.name.length + 1;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) found.push({ text: plain });
  return found;
}

/** The server takes so many in one note. */
const calledMax = 20;

export function calledIn(text: string, people: readonly User[]): string[] {
  const ids = calls(text, people).flatMap(({ user }) => user?.id ?? []);
  return [...new Set(ids)].slice(0, calledMax);
}
