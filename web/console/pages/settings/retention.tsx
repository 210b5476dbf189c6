import { useEffect, useState } from 'preact/hooks';
import type { Retention, RetentionDue } from '../../../protocol/types';
import { Notice, Skeleton } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { TextField } from '../../../ui/field';
import { toast } from '../../../ui/toast';
import { type Form, useForm } from '../../form';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { api, putJson } from '../../stores/session';
import { sentence } from '../../stores/words';
import { Card, SettingsLayout } from './layout';
import { type Draft, draftOf, problems, retentionOf, total } from './retention-draft';

export default function RetentionPage() {
  const [kept, setKept] = useState<Retention>();
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    api.get<Retention>('/retention').then(setKept, setFailed);
  }, []);
  return (
    <SettingsLayout title={t('settings.retention')} lead={t('retention.lead')}>
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {!kept && failed === undefined && <Skeleton rows={4} label={t('state.loading')} />}
      {kept && <PolicyForm kept={kept} />}
    </SettingsLayout>
  );
}

function PolicyForm({ kept }: { kept: Retention }) {
  const form = useForm();
  const [draft, setDraft] = useState<Draft>(() => draftOf(kept));
  const [due, setDue] = useState<readonly RetentionDue[]>();
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });

  const save = async () => {
    const done = await form.run(() => putJson<Retention>('/retention', retentionOf(draft)));
    setDue(undefined);
    if (done) toast(t('state.saved'));
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong = problems(draft);
    if (wrong.length > 0) {
      const said = (field: string) =>
        t(field === 'events_days' ? 'retention.badEvents' : 'retention.badDays');
      form.refuse(Object.fromEntries(wrong.map((field) => [field, said(field)])));
      return;
    }
    let items: readonly RetentionDue[] = [];
    const asked = await form.run(async () => {
      const answer = await api.post<{ items: RetentionDue[] }>(
        '/retention/preview',
        retentionOf(draft),
      );
      items = answer.items.filter((item) => item.conversations > 0);
    });
    if (!asked) return;
    if (items.length > 0) setDue(items);
    else await save();
  };
  return (
    <form onSubmit={submit} noValidate class="retention">
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      <Conversations draft={draft} set={set} form={form} />
      <Card title={t('retention.customers')} lead={t('retention.customersLead')}>
        <Days
          label={t('retention.days')}
          value={draft.customers_days}
          onValue={(customers_days) => set({ customers_days })}
          error={form.error('customers_days')}
        />
      </Card>
      <Card title={t('retention.recordings')} lead={t('retention.recordingsLead')}>
        <TextField
          label={t('retention.days')}
          hint={t('retention.recordingsHint')}
          inputMode="numeric"
          value={draft.recordings_days}
          onValue={(recordings_days) => set({ recordings_days })}
          error={form.error('recordings_days')}
        />
      </Card>
      <Card title={t('retention.events')} lead={t('retention.eventsLead')}>
        <Days
          label={t('retention.days')}
          value={draft.events_days}
          onValue={(events_days) => set({ events_days })}
          error={form.error('events_days')}
        />
      </Card>
      <div class="form-end">
        <Button type="submit" kind="primary" busy={form.busy}>
          {t('action.save')}
        </Button>
      </div>
      {due && (
        <Confirm due={due} busy={form.busy} onSave={save} onClose={() => setDue(undefined)} />
      )}
    </form>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  readonly form: Form;
}

function Conversations({ draft, set, form }: PartProps) {
  const { channels } = useDesk();
  return (
    <Card title={t('retention.conversations')} lead={t('retention.conversationsLead')}>
      <Days
        label={t('retention.allChannels')}
        value={draft.conversations_days}
        onValue={(conversations_days) => set({ conversations_days })}
        error={form.error('conversations_days')}
      />
      {channels.list.value.map(({ id, name }) => (
        <TextField
          key={id}
          label={name}
          hint={t('retention.asAbove')}
          inputMode="numeric"
          value={draft.channels[id] ?? ''}
          onValue={(days) => set({ channels: { ...draft.channels, [id]: days } })}
          error={form.error(id) ?? (draft.channels[id] ? form.error('channels') : undefined)}
        />
      ))}
    </Card>
  );
}

interface DaysProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly error: string | undefined;
}

function Days(props: DaysProps) {
  return <TextField {...props} hint={t('retention.forEver')} inputMode="numeric" />;
}

interface ConfirmProps {
  readonly due: readonly RetentionDue[];
  readonly busy: boolean;
  readonly onSave: () => void;
  readonly onClose: () => void;
}

function Confirm({ due, busy, onSave, onClose }: ConfirmProps) {
  const { channels } = useDesk();
  return (
    <Dialog
      title={t('retention.confirm')}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="danger" busy={busy} onClick={onSave}>
            {t('retention.confirmSave')}
          </Button>
        </>
      }
    >
      <p>{t('retention.due', { count: total(due) })}</p>
      <ul>
        {due.map((item) => (
          <li key={item.channel}>
            {t('retention.dueOf', {
              channel: channels.find(item.channel)?.name ?? item.channel,
              count: item.conversations,
            })}
          </li>
        ))}
      </ul>
      <p>{t('retention.final')}</p>
    </Dialog>
  );
}
