import type { Call } from '../../protocol/calls';
import type { Desk } from '../stores/desk';
import { nameOf } from '../stores/words';

/** Whom a call is with, as they are called everywhere else. */
export function callTitle(desk: Desk, call: Call): string {
  const held = desk.conversations.all.peek().get(call.conversation);
  if (held) return nameOf(held.customer);
  return call.participants.find(({ kind }) => kind === 'customer')?.name ?? '';
}

/** The channel they came by. */
export function callFrom(desk: Desk, call: Call): string {
  const held = desk.conversations.all.peek().get(call.conversation);
  return (held && desk.channels.find(held.channel)?.name) ?? '';
}
