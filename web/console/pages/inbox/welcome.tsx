// The first run: an offer, once, and gone for good with one click.

import { useSignal } from '@preact/signals';
import { Button, IconButton } from '../../../ui/button';
import { Icon } from '../../../ui/icon';
import { t } from '../../i18n';
import { askForNotifications, permission } from '../../stores/attention';

const key = 'parlor.notify-offer';

function alreadyAnswered(): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return true;
  }
}

export function Welcome() {
  const gone = useSignal(alreadyAnswered());
  if (gone.value || permission.value !== 'default') return null;
  const answer = () => {
    gone.value = true;
    try {
      localStorage.setItem(key, 'answered');
    } catch {
      // Blocked storage: it was not offered at all.
    }
  };
  return (
    <aside class="offer" aria-label={t('notify.offer')}>
      <Icon name="bell" />
      <p>{t('notify.offer')}</p>
      <Button
        small
        onClick={() => {
          answer();
          askForNotifications();
        }}
      >
        {t('notify.turnOn')}
      </Button>
      <IconButton icon="close" size={14} label={t('action.notNow')} onClick={answer} />
    </aside>
  );
}
