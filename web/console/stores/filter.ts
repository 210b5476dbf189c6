// Which conversations somebody looks at, and in which order. Written as the query of an address,
// the same words as the server's: `assignee=me&priority=high,urgent&sort=waiting`.
import type { Conversation, Priority } from '../../protocol/types';

export const priorities = ['urgent', 'high', 'normal', 'low', 'none'] as const;
export const sorts = ['newest', 'oldest', 'waiting', 'priority'] as const;
export type Sort = (typeof sorts)[number];
export const states = ['open', 'snoozed', 'resolved'] as const;
export type State = (typeof states)[number];

export interface Filter {
  readonly state: State;
  /** `me`, `nobody` or a person. */
  readonly assignee: string | undefined;
  readonly channel: string | undefined;
  /** All of them. */
  readonly tags: readonly string[];
  /** Any of them; none: whatever it is. */
  readonly priorities: readonly Priority[];
  readonly waitingS: number | undefined;
  /** `name:value`; only the server knows whose page said so. */
  readonly attribute: string | undefined;
  readonly sort: Sort;
}

export const everything: Filter = {
  state: 'open',
  assignee: undefined,
  channel: undefined,
  tags: [],
  priorities: [],
  waitingS: undefined,
  attribute: undefined,
  sort: 'newest',
};

export const views = ['unassigned', 'mine', 'all', 'snoozed', 'resolved'] as const;
export type View = (typeof views)[number];

export const presets: Readonly<Record<View, Filter>> = {
  unassigned: { ...everything, assignee: 'nobody' },
  mine: { ...everything, assignee: 'me' },
  all: everything,
  snoozed: { ...everything, state: 'snoozed' },
  resolved: { ...everything, state: 'resolved' },
};

const oneOf = <T extends string>(all: readonly T[], text: string | null): T | undefined =>
  all.find((known) => known === text);

const listOf = (text: string | null): string[] => (text ? text.split(',').filter(Boolean) : []);

/** What the query says, on top of `base`. */
export function parseFilter(query: URLSearchParams, base: Filter = everything): Filter {
  const has = (name: string): boolean => query.has(name);
  const get = (name: string): string | undefined => query.get(name) || undefined;
  const seconds = Number(get('waiting_s'));
  return {
    state: oneOf(states, query.get('status')) ?? base.state,
    assignee: has('assignee') ? get('assignee') : base.assignee,
    channel: has('channel') ? get('channel') : base.channel,
    tags: has('tag') ? listOf(query.get('tag')).sort() : base.tags,
    priorities: has('priority')
      ? priorities.filter((known) => listOf(query.get('priority')).includes(known))
      : base.priorities,
    waitingS: has('waiting_s') ? (seconds > 0 ? seconds : undefined) : base.waitingS,
    attribute: has('attribute') ? get('attribute') : base.attribute,
    sort: oneOf(sorts, query.get('sort')) ?? base.sort,
  };
}

const parts = (filter: Filter): Record<string, string> => ({
  status: filter.state,
  assignee: filter.assignee ?? '',
  channel: filter.channel ?? '',
  tag: filter.tags.join(','),
  priority: filter.priorities.join(','),
  waiting_s: filter.waitingS ? String(filter.waitingS) : '',
  attribute: filter.attribute ?? '',
  sort: filter.sort,
});

/** What differs from `base`; an empty value takes away what `base` asks for. */
export function filterQuery(filter: Filter, base: Filter = everything): Record<string, string> {
  const usual = parts(base);
  return Object.fromEntries(
    Object.entries(parts(filter)).filter(([name, value]) => value !== usual[name]),
  );
}

export const filterText = (filter: Filter, base: Filter = everything): string =>
  new URLSearchParams(filterQuery(filter, base)).toString();

/** As far as we can tell: what customers' pages said only the server knows. */
export function matches(filter: Filter, held: Conversation, me: string, now: number): boolean {
  const state = held.status === 'resolved' ? 'resolved' : held.snooze ? 'snoozed' : 'open';
  if (state !== filter.state) return false;
  if (filter.channel && held.channel !== filter.channel) return false;
  const holder = filter.assignee === 'me' ? me : filter.assignee;
  if (holder && held.assignee !== (holder === 'nobody' ? null : holder)) return false;
  if (filter.priorities.length && !filter.priorities.includes(held.priority)) return false;
  if (!filter.tags.every((tag) => held.tags.includes(tag))) return false;
  if (!filter.waitingS) return true;
  return held.waiting_since_at !== null && held.waiting_since_at <= now - filter.waitingS * 1_000;
}

const newest = (a: Conversation, b: Conversation): number =>
  b.updated_at - a.updated_at || idOf(b) - idOf(a);

const idOf = (held: Conversation): number => Number(held.id.slice(4));
const rank = (held: Conversation): number => -priorities.indexOf(held.priority);

/** The server's orders; negative: `a` comes first. */
export const orders: Readonly<Record<Sort, (a: Conversation, b: Conversation) => number>> = {
  newest,
  oldest: (a, b) => -newest(a, b),
  waiting(a, b) {
    const [one, other] = [a.waiting_since_at, b.waiting_since_at];
    if (one === null && other === null) return newest(a, b);
    if (one === null || other === null) return one === null ? 1 : -1;
    return one - other || idOf(a) - idOf(b);
  },
  priority(a, b) {
    const byRank = rank(b) - rank(a);
    if (byRank) return byRank;
    return a.priority === 'none' ? newest(a, b) : idOf(a) - idOf(b);
  },
};
