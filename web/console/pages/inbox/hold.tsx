import { useEffect, useState } from 'preact/hooks';
import type { Conversation, Hold } from '../../../protocol/types';
import { Button } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { TextAreaField } from '../../../ui/field';
import { toast } from '../../../ui/toast';
import { useForm } from '../../form';
import { dateTime } from '../../format';
import { t } from '../../i18n';
import { atLeast } from '../../roles';
import { useDesk } from '../../stores/desk';
import { useMe } from '../../stores/me';
import { api, putJson } from '../../stores/session';
import { sentence } from '../../stores/words';

/** Whether the conversation may be deleted when its time is over; administrators decide. */
export function HoldState({ held }: { held: Conversation }) {
  const me = useMe();
  const { people } = useDesk();
  const [hold, setHold] = useState<Hold | null>(null);
  const [asking, setAsking] = useState(false);
  const mayDecide = atLeast(me.role, 'administrator');
  useEffect(() => {
    if (!held.held) setHold(null);
    else
      api.get<{ hold: Hold | null }>(`/conversations/${held.id}/hold`).then(
        (answer) => setHold(answer.hold),
        () => undefined,
      );
  }, [held.id, held.held]);
  const release = () =>
    api
      .delete(`/conversations/${held.id}/hold`)
      .catch((error) => toast(sentence(error), { kind: 'error' }));
  return (
    <>
      {held.held ? (
        <>
          {hold && <p class="hold-note">{hold.note}</p>}
          {hold && (
            <p class="panel-none">
              {t('hold.by', {
                who: people.find(hold.user)?.name ?? '',
                when: dateTime(hold.at),
              })}
            </p>
          )}
        </>
      ) : (
        <p class="panel-none">{t('hold.none')}</p>
      )}
      {mayDecide && (
        <p>
          {held.held ? (
            <Button small onClick={release}>
              {t('hold.release')}
            </Button>
          ) : (
            <Button small onClick={() => setAsking(true)}>
              {t('hold.place')}
            </Button>
          )}
        </p>
      )}
      {asking && <Ask id={held.id} onClose={() => setAsking(false)} />}
    </>
  );
}

function Ask({ id, onClose }: { id: string; onClose: () => void }) {
  const form = useForm();
  const [note, setNote] = useState('');
  const submit = async () => {
    if (!note.trim()) {
      form.refuse({ note: t('field.required') });
      return;
    }
    if (await form.run(() => putJson(`/conversations/${id}/hold`, { note }))) onClose();
  };
  return (
    <Dialog
      title={t('hold.place')}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={submit}>
            {t('hold.place')}
          </Button>
        </>
      }
    >
      <p>{t('hold.lead')}</p>
      <TextAreaField
        label={t('hold.why')}
        maxLength={1000}
        value={note}
        onValue={setNote}
        error={form.error('note')}
      />
    </Dialog>
  );
}
