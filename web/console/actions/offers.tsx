// What the command bar offers: everything that can be done here, every place, every person, and
// the conversations we hold.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Conversation } from '../../protocol/types';
import { Avatar } from '../../ui/avatar';
import type { IconName } from '../../ui/icon';
import { viewIcons, viewTexts } from '../frame/views';
import { t } from '../i18n';
import { settingsPages } from '../pages/settings/pages';
import { atLeast } from '../roles';
import { navigate } from '../router';
import type { Desk } from '../stores/desk';
import { views } from '../stores/filter';
import { useMe } from '../stores/me';
import { nameOf, preview } from '../stores/words';
import { actions, keyName } from './registry';

export interface Offer {
  readonly id: string;
  readonly group: 'act' | 'go' | 'people' | 'conversations';
  readonly name: string;
  /** Found by it too. */
  readonly more?: string;
  readonly keys?: readonly string[];
  readonly icon?: IconName;
  readonly lead?: ComponentChildren;
  readonly run: () => void;
}

/** More would not be looked through. */
const conversationsMax = 500;

export function useOffers(desk: Desk): Offer[] {
  const me = useMe();
  const acts: Offer[] = actions
    .filter((action) => !action.unnamed && action.when(desk))
    .map((action) => ({
      id: `act/${action.id}`,
      group: 'act',
      name: t(action.text),
      icon: action.icon,
      keys: action.keys.slice(0, 1).map(keyName),
      run: () => action.run(desk),
    }));
  const go = (to: string, name: string, icon: IconName, more?: string): Offer => ({
    id: `go${to}`,
    group: 'go',
    name,
    icon,
    ...(more && { more }),
    run: () => navigate(to),
  });
  const places: Offer[] = [
    ...views.map((view) => go(`/inbox/${view}`, t(viewTexts[view]), viewIcons[view])),
    ...desk.views.list.value.map((view) => go(`/inbox/${view.id}`, view.name, 'filter')),
    ...desk.channels.list.value.map((channel) =>
      go(`/inbox/all?channel=${channel.id}`, channel.name, 'globe', t('nav.channels')),
    ),
    ...(atLeast(me.role, 'supervisor') ? [go('/satisfaction', t('nav.satisfaction'), 'star')] : []),
    ...settingsPages
      .filter(({ role }) => !role || atLeast(me.role, role))
      .map(({ path, text, icon }) => go(path, t(text), icon, t('nav.settings'))),
  ];
  const people: Offer[] = desk.people.list.value
    .filter((user) => user.active)
    .map((user) => ({
      id: `people/${user.id}`,
      group: 'people',
      name: user.name,
      more: user.email,
      lead: <Avatar id={user.id} name={user.name} src={user.avatar_url} size={20} />,
      run: () => navigate(`/inbox/all?assignee=${user.id}`),
    }));
  const all = desk.conversations.all.value;
  const conversations = useMemo(() => conversationOffers(all), [all]);
  return [...acts, ...places, ...people, ...conversations];
}

const conversationOffers = (all: ReadonlyMap<string, Conversation>): Offer[] =>
  [...all.values()]
    .sort((a, b) => b.updated_at - a.updated_at)
    .slice(0, conversationsMax)
    .map((item) => ({
      id: `conversations/${item.id}`,
      group: 'conversations',
      name: nameOf(item.customer),
      more: preview(item.last_message),
      lead: <Avatar id={item.customer.id} name={nameOf(item.customer)} size={20} />,
      run: () => navigate(`/inbox/${item.status === 'resolved' ? 'resolved' : 'all'}/${item.id}`),
    }));
