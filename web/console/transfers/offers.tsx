// What colleagues offer me, above whatever page I am on, until I answer.
import './transfers.css';
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { Transfer } from '../../protocol/types';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextAreaField } from '../../ui/field';
import { Icon } from '../../ui/icon';
import { t } from '../i18n';
import { useDesk } from '../stores/desk';
import { colleague, nameOf } from '../stores/words';
import { accept, decline, newId } from './deeds';
import { Left } from './left';

/** The offer that is being declined: asked for by its button or by a key. */
export const declining = signal<Transfer | undefined>(undefined);

export function IncomingOffers() {
  const { transfers } = useDesk();
  const offers = transfers.incoming.value;
  const asked = offers.find(({ id }) => id === declining.value?.id);
  return (
    <>
      <div role="status" aria-live="assertive">
        {offers.map((transfer) => (
          <Incoming key={transfer.id} transfer={transfer} />
        ))}
      </div>
      {asked && (
        <Declining
          key={asked.id}
          transfer={asked}
          onClose={() => {
            declining.value = undefined;
          }}
        />
      )}
    </>
  );
}

function Incoming({ transfer }: { transfer: Transfer }) {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const held = desk.conversations.all.value.get(transfer.conversation);
  useEffect(() => {
    if (!held) desk.conversations.fetch(transfer.conversation).catch(() => undefined);
  }, [transfer.conversation]);
  const take = async () => {
    setBusy(true);
    await accept(desk, transfer);
    setBusy(false);
  };
  const from = colleague(desk.people, transfer.from);
  return (
    <section class="transfer" aria-label={t('transfer.incoming', { name: from })}>
      <Icon name="hand" />
      <div class="transfer-text">
        <p>
          <strong>
            {held
              ? t('transfer.asks', { name: from, customer: nameOf(held.customer) })
              : t('transfer.incoming', { name: from })}
          </strong>
        </p>
        {transfer.note && <p class="transfer-note">{transfer.note}</p>}
      </div>
      <Left until={transfer.expires_at} />
      <div class="transfer-actions">
        <Button
          small
          kind="primary"
          busy={busy}
          onClick={take}
          title={`${t('transfer.accept')} (Y)`}
        >
          {t('transfer.accept')}
        </Button>
        <Button
          small
          title={`${t('transfer.decline')} (D)`}
          onClick={() => {
            declining.value = transfer;
          }}
        >
          {t('transfer.decline')}
        </Button>
        <a class="button button-quiet button-small" href={`/inbox/all/${transfer.conversation}`}>
          {t('transfer.look')}
        </a>
      </div>
    </section>
  );
}

function Declining({ transfer, onClose }: { transfer: Transfer; onClose: () => void }) {
  const desk = useDesk();
  const [word, setWord] = useState('');
  const [busy, setBusy] = useState(false);
  const [id] = useState(newId);
  const submit = async () => {
    setBusy(true);
    if (await decline(desk, transfer, word, id)) onClose();
    setBusy(false);
  };
  const name = colleague(desk.people, transfer.from);
  return (
    <Dialog
      title={t('transfer.declineTitle', { name })}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={busy} onClick={submit}>
            {t('transfer.decline')}
          </Button>
        </>
      }
    >
      <p>{t('transfer.declineLead', { name })}</p>
      <TextAreaField
        label={t('transfer.word')}
        maxLength={1000}
        value={word}
        onValue={setWord}
        hint={t('transfer.forColleagues')}
      />
    </Dialog>
  );
}
