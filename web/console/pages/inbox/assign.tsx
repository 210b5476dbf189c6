import type { RefObject } from 'preact';
import type { Channel, Conversation, Presence, User } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { type MenuItem, Picker } from '../../../ui/menu';
import { inbox } from '../../actions/here';
import { handable } from '../../actions/registry';
import { t } from '../../i18n';
import { atLeast } from '../../roles';
import { useDesk } from '../../stores/desk';
import { assign } from './commands';

/** Who can see a channel can be given its conversations. */
export function mayHold(user: User, channel: Channel | undefined): boolean {
  if (!user.active) return false;
  if (!channel || channel.everyone || atLeast(user.role, 'supervisor')) return true;
  return channel.members.includes(user.id);
}

const order: Record<Presence, number> = { online: 0, away: 1, offline: 2 };

interface AssignPickerProps {
  readonly targets: readonly Conversation[];
  readonly anchor: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}

export function AssignPicker({ targets, anchor, onClose }: AssignPickerProps) {
  const desk = useDesk();
  const doors = targets.map((held) => desk.channels.find(held.channel));
  const words = { online: '', away: t('presence.away'), offline: t('presence.offline') };
  const people = desk.people.list.value
    .filter((user) => doors.every((channel) => mayHold(user, channel)))
    .sort(
      (a, b) =>
        Number(b.id === desk.me) - Number(a.id === desk.me) ||
        order[a.presence] - order[b.presence],
    );

  const items: MenuItem[] = people.map((user) => ({
    id: user.id,
    label: user.id === desk.me ? t('assign.me', { name: user.name }) : user.name,
    hint: words[user.presence],
    lead: (
      <Avatar
        id={user.id}
        name={user.name}
        src={user.avatar_url}
        size={24}
        presence={user.presence}
      />
    ),
    ...(targets.every((held) => held.assignee === user.id) && { checked: true }),
    run: () => void assign(desk, targets, user.id),
  }));
  if (targets.some((held) => held.assignee)) {
    items.push({
      id: 'nobody',
      label: t('assign.remove'),
      icon: 'close',
      run: () => void assign(desk, targets, null),
    });
  }
  if (handable(desk)) {
    items.push({
      id: 'transfer',
      label: t('assign.transfer'),
      icon: 'hand',
      apart: true,
      run: () => inbox.peek()?.ask('transfer'),
    });
  }
  return (
    <Picker
      anchor={anchor}
      align="end"
      label={t('assign.do')}
      placeholder={t('assign.find')}
      none={t('assign.none')}
      items={items}
      onClose={onClose}
    />
  );
}
