// In a conversation: that it is offered to somebody, for how long still, and taking it back.
import './transfers.css';
import type { Conversation } from '../../protocol/types';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { t } from '../i18n';
import { atLeast } from '../roles';
import { useDesk } from '../stores/desk';
import { useMe } from '../stores/me';
import { colleague } from '../stores/words';
import { withdraw } from './deeds';
import { Left } from './left';

export function OfferStrip({ held }: { held: Conversation }) {
  const desk = useDesk();
  const me = useMe();
  const transfer = desk.transfers.of(held.id);
  // Whoever is asked has it above the page.
  if (!transfer || transfer.to === me.id) return null;
  const mine = transfer.from === me.id;
  const to = colleague(desk.people, transfer.to);
  return (
    <aside class="transfer-strip" aria-label={t('transfer.waiting', { name: to })}>
      <Icon name="hand" size={14} />
      <span class="transfer-text" role="status">
        {mine
          ? t('transfer.waiting', { name: to })
          : t('transfer.between', { from: colleague(desk.people, transfer.from), to })}
      </span>
      <Left until={transfer.expires_at} />
      {(mine || atLeast(me.role, 'supervisor')) && (
        <Button small kind="quiet" onClick={() => withdraw(desk, transfer)}>
          {t('transfer.withdraw')}
        </Button>
      )}
    </aside>
  );
}
