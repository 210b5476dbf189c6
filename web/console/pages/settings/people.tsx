import { useRef, useState } from 'preact/hooks';
import type { Role, User } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Tag } from '../../../ui/bits';
import { Button, IconButton } from '../../../ui/button';
import { Menu, type MenuItem } from '../../../ui/menu';
import { toast } from '../../../ui/toast';
import { t } from '../../i18n';
import { atLeast } from '../../roles';
import { type Desk, useDesk } from '../../stores/desk';
import { useMe } from '../../stores/me';
import { sentence } from '../../stores/words';
import { SettingsLayout } from './layout';
import { AddPerson, EditPerson, ResetPassword } from './person-dialogs';

export const roleText = (role: Role): string =>
  ({
    owner: t('role.owner'),
    administrator: t('role.administrator'),
    supervisor: t('role.supervisor'),
    agent: t('role.agent'),
  })[role];

type Opened =
  | { readonly kind: 'add' }
  | { readonly kind: 'edit' | 'password'; readonly user: User };

export default function People() {
  const me = useMe();
  const { people } = useDesk();
  const [opened, setOpened] = useState<Opened>();
  const mayChange = atLeast(me.role, 'administrator');
  const close = () => setOpened(undefined);
  const sorted = [...people.list.value].sort((a, b) => Number(b.active) - Number(a.active));
  return (
    <SettingsLayout
      title={t('settings.people')}
      lead={t('people.lead')}
      actions={
        mayChange && (
          <Button kind="primary" icon="plus" onClick={() => setOpened({ kind: 'add' })}>
            {t('people.add')}
          </Button>
        )
      }
    >
      <ul class="things">
        {sorted.map((user) => (
          <Person
            key={user.id}
            user={user}
            mayChange={mayChange && (user.role !== 'owner' || me.role === 'owner')}
            onOpen={setOpened}
          />
        ))}
      </ul>
      {opened?.kind === 'add' && <AddPerson onClose={close} />}
      {opened?.kind === 'edit' && <EditPerson user={opened.user} onClose={close} />}
      {opened?.kind === 'password' && <ResetPassword user={opened.user} onClose={close} />}
    </SettingsLayout>
  );
}

interface PersonProps {
  readonly user: User;
  readonly mayChange: boolean;
  readonly onOpen: (opened: Opened) => void;
}

function Person({ user, mayChange, onOpen }: PersonProps) {
  const desk = useDesk();
  const words = {
    online: t('presence.online'),
    away: t('presence.away'),
    offline: t('presence.offline'),
  };
  return (
    <li class={`thing ${user.active ? '' : 'thing-off'}`}>
      <Avatar
        id={user.id}
        name={user.name}
        src={user.avatar_url}
        size={32}
        presence={user.active ? user.presence : undefined}
      />
      <div class="thing-body">
        <p class="thing-name">
          {user.name}
          {user.id === desk.me && <Tag tone="accent">{t('people.you')}</Tag>}
          <Tag>{roleText(user.role)}</Tag>
          {!user.active && <Tag tone="danger">{t('people.inactive')}</Tag>}
        </p>
        <p class="thing-more">{user.email}</p>
      </div>
      {user.active && (
        <span class="thing-presence">
          <span class={`presence-dot presence-${user.presence}`} />
          {words[user.presence]}
        </span>
      )}
      {mayChange && <PersonMenu user={user} onOpen={onOpen} desk={desk} />}
    </li>
  );
}

async function setActive(desk: Desk, user: User, active: boolean): Promise<void> {
  try {
    desk.people.put(await desk.api.patch<User>(`/users/${user.id}`, { active }));
    toast(
      active
        ? t('people.reactivated', { name: user.name })
        : t('people.deactivated', { name: user.name }),
      active
        ? {}
        : { action: { label: t('action.undo'), run: () => void setActive(desk, user, true) } },
    );
  } catch (error) {
    toast(sentence(error), { kind: 'error' });
  }
}

function PersonMenu({ user, onOpen, desk }: Omit<PersonProps, 'mayChange'> & { desk: Desk }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const self = user.id === desk.me;
  const items: MenuItem[] = [
    {
      id: 'edit',
      label: t('people.edit'),
      icon: 'edit',
      run: () => onOpen({ kind: 'edit', user }),
    },
    ...(self
      ? []
      : [
          {
            id: 'password',
            label: t('people.reset'),
            icon: 'key' as const,
            run: () => onOpen({ kind: 'password', user }),
          },
          {
            id: 'active',
            label: user.active ? t('people.deactivate') : t('people.reactivate'),
            icon: user.active ? ('lock' as const) : ('check' as const),
            danger: user.active,
            apart: true,
            run: () => void setActive(desk, user, !user.active),
          },
        ]),
  ];
  return (
    <>
      <IconButton
        buttonRef={button}
        icon="more"
        label={t('people.menu', { name: user.name })}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <Menu
          anchor={button}
          align="end"
          label={t('people.menu', { name: user.name })}
          items={items}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
