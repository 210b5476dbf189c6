import { useRef, useState } from 'preact/hooks';
import { type Rung, stream, webSocket } from '../../core/rungs';
import type { Availability, Me } from '../../protocol/types';
import { Avatar } from '../../ui/avatar';
import { Icon } from '../../ui/icon';
import { Menu } from '../../ui/menu';
import { toast } from '../../ui/toast';
import { t } from '../i18n';
import { navigate } from '../router';
import { type Desk, useDesk } from '../stores/desk';
import { signOut, updateMe } from '../stores/session';
import { sentence } from '../stores/words';

async function setAvailability(desk: Desk, availability: Availability): Promise<void> {
  try {
    updateMe(await desk.api.patch<Me>('/me', { availability }));
  } catch (error) {
    toast(sentence(error), { kind: 'error' });
  }
}

async function leave(): Promise<void> {
  try {
    await signOut();
    navigate('/', { replace: true });
  } catch (error) {
    toast(sentence(error), { kind: 'error' });
  }
}

function Head({ me, rung }: { me: Me; rung: Rung }) {
  return (
    <>
      {me.email}
      {rung !== webSocket && (
        <p class="account-way">{t(rung === stream ? 'line.stream' : 'line.poll')}</p>
      )}
    </>
  );
}

/** Who one is, and whether colleagues see one as there. */
export function Account({ me, onShortcuts }: { me: Me; onShortcuts: () => void }) {
  const desk = useDesk();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const presence = desk.line.value === 'live' ? me.availability : 'offline';
  const word = {
    online: t('presence.online'),
    away: t('presence.away'),
    offline: t('presence.offline'),
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="account"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Avatar id={me.id} name={me.name} src={me.avatar_url} size={32} presence={presence} />
        <span class="visually-hidden">
          {t('account.label', { name: me.name, presence: word[presence] })}
        </span>
        <span class="account-text side-text" aria-hidden="true">
          <span class="account-name">{me.name}</span>
          <span class="account-presence">{word[presence]}</span>
        </span>
        <span class="side-text account-more">
          <Icon name="more" />
        </span>
      </button>
      {open && (
        <Menu
          anchor={button}
          label={t('account.menu')}
          head={<Head me={me} rung={desk.line.value === 'live' ? desk.rung.value : webSocket} />}
          onClose={() => setOpen(false)}
          items={[
            {
              id: 'online',
              label: t('presence.online'),
              lead: <span class="presence-dot presence-online" />,
              checked: me.availability === 'online',
              run: () => setAvailability(desk, 'online'),
            },
            {
              id: 'away',
              label: t('presence.away'),
              lead: <span class="presence-dot presence-away" />,
              checked: me.availability === 'away',
              run: () => setAvailability(desk, 'away'),
            },
            {
              id: 'profile',
              label: t('settings.profile'),
              icon: 'user',
              apart: true,
              run: () => navigate('/settings/profile'),
            },
            { id: 'keys', label: t('keys.title'), icon: 'keyboard', hint: '?', run: onShortcuts },
            {
              id: 'out',
              label: t('account.signOut'),
              icon: 'signOut',
              apart: true,
              run: leave,
            },
          ]}
        />
      )}
    </>
  );
}
