// Handing one's conversation over: to whom, and what they should know.
import './transfers.css';
import { useState } from 'preact/hooks';
import type { Conversation } from '../../protocol/types';
import { Notice } from '../../ui/bits';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextAreaField } from '../../ui/field';
import { useForm } from '../form';
import { t } from '../i18n';
import { mayHold } from '../pages/inbox/assign';
import { useDesk } from '../stores/desk';
import { nameOf } from '../stores/words';
import { newId, offer } from './deeds';

const queue = 'queue';

export function Offering({ held, onClose }: { held: Conversation; onClose: () => void }) {
  const desk = useDesk();
  const form = useForm();
  const channel = desk.channels.find(held.channel);
  const here = desk.people.list.value.filter(
    (user) => user.id !== desk.me && user.presence !== 'offline' && mayHold(user, channel),
  );
  const [chosen, setChosen] = useState<string>();
  const [note, setNote] = useState('');
  const [client_id] = useState(newId);
  // Whoever leaves while one writes is not asked.
  const to = chosen && (chosen === queue || here.some(({ id }) => id === chosen)) ? chosen : '';
  const submit = async () => {
    if (!to) {
      form.refuse({ to: t('transfer.whom') });
      return;
    }
    const asked = { to: to === queue ? null : to, note, client_id };
    if (await form.run(() => offer(desk, held.id, asked))) onClose();
  };
  return (
    <Dialog
      title={t('transfer.title', { customer: nameOf(held.customer) })}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={submit}>
            {to === queue ? t('transfer.return') : t('transfer.offer')}
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      {here.length === 0 && <Notice>{t('transfer.nobodyHere')}</Notice>}
      <SelectField
        label={t('transfer.to')}
        value={to}
        onValue={setChosen}
        error={form.error('to')}
        hint={to === queue ? t('transfer.queueHint') : t('transfer.hint')}
        options={[
          ['', t('transfer.choose')],
          ...here.map(({ id, name, presence }): [string, string] => [
            id,
            presence === 'away' ? `${name} · ${t('presence.away')}` : name,
          ]),
          [queue, t('transfer.queue')],
        ]}
      />
      <TextAreaField
        label={t('transfer.note')}
        maxLength={2000}
        value={note}
        onValue={setNote}
        hint={t('transfer.forColleagues')}
        error={form.error('text')}
      />
    </Dialog>
  );
}
