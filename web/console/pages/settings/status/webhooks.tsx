import { useEffect, useState } from 'preact/hooks';
import type { Webhook, WebhookOutcome } from '../../../../protocol/status';
import { CopyBox, Empty, Notice, Skeleton } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { Dialog } from '../../../../ui/dialog';
import { TextField } from '../../../../ui/field';
import { Icon } from '../../../../ui/icon';
import { toast } from '../../../../ui/toast';
import { useForm } from '../../../form';
import { ago } from '../../../format';
import { t } from '../../../i18n';
import { outcomeText } from '../../../outcome-words';
import { api } from '../../../stores/session';
import { sentence } from '../../../stores/words';

export function Webhooks() {
  const [items, setItems] = useState<readonly Webhook[]>();
  const [failed, setFailed] = useState<unknown>();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Webhook>();
  const [busy, setBusy] = useState<string>();
  const load = () =>
    api
      .get<{ items: Webhook[] }>('/alert-webhooks')
      .then((list) => setItems(list.items), setFailed);
  useEffect(() => {
    load();
  }, []);
  const run = async (id: string, work: () => Promise<void>) => {
    setBusy(id);
    try {
      await work();
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
    setBusy(undefined);
    await load();
  };
  const test = ({ id }: Webhook) =>
    run(id, async () => {
      const outcome = await api.post<WebhookOutcome>(`/alert-webhooks/${id}/test`);
      toast(outcomeText(outcome), outcome.result === 'ok' ? {} : { kind: 'error' });
    });
  const remove = ({ id }: Webhook) =>
    run(id, async () => {
      await api.delete(`/alert-webhooks/${id}`);
      toast(t('alert.webhookRemoved'));
    });
  return (
    <div class="status">
      <p>{t('alert.webhooksLead')}</p>
      <div>
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          {t('alert.addWebhook')}
        </Button>
      </div>
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {!items && failed === undefined && <Skeleton rows={2} label={t('state.loading')} />}
      {items?.length === 0 && <Empty icon="globe" title={t('alert.noWebhooks')} />}
      {items && items.length > 0 && (
        <ul class="things">
          {items.map((webhook) => (
            <li key={webhook.id} class="thing webhook">
              <Icon name="globe" size={18} />
              <div class="thing-body">
                <p class="thing-name">{webhook.url}</p>
                <p class="thing-more alert-more">
                  {webhook.last
                    ? `${outcomeText(webhook.last)} · ${ago(webhook.last.at)}`
                    : t('alert.nothingSent')}
                </p>
              </div>
              <Button small busy={busy === webhook.id} onClick={() => test(webhook)}>
                {t('alert.test')}
              </Button>
              <Button small kind="quiet" onClick={() => setRemoving(webhook)}>
                {t('alert.remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {removing && (
        <Dialog
          title={t('alert.removeTitle')}
          close={t('action.close')}
          onClose={() => setRemoving(undefined)}
          actions={
            <>
              <Button onClick={() => setRemoving(undefined)}>{t('action.cancel')}</Button>
              <Button
                kind="danger"
                onClick={() => {
                  setRemoving(undefined);
                  remove(removing);
                }}
              >
                {t('alert.remove')}
              </Button>
            </>
          }
        >
          <p>{t('alert.removeText', { url: removing.url })}</p>
        </Dialog>
      )}
      {adding && <Add onClose={() => setAdding(false)} onMade={load} />}
    </div>
  );
}

function Add({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const form = useForm();
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState<string>();
  const save = async (event?: Event) => {
    event?.preventDefault();
    await form.run(async () => {
      const made = await api.post<{ secret: string }>('/alert-webhooks', { url: url.trim() });
      setSecret(made.secret);
      onMade();
    });
  };
  return (
    <Dialog
      title={t('alert.addWebhook')}
      close={t('action.close')}
      onClose={onClose}
      actions={
        secret ? (
          <Button kind="primary" onClick={onClose}>
            {t('action.done')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button kind="primary" busy={form.busy} onClick={() => save()}>
              {t('alert.addWebhook')}
            </Button>
          </>
        )
      }
    >
      {secret ? (
        <div class="rule-form">
          <Notice tone="warn">{t('alert.secretOnce')}</Notice>
          <CopyBox
            text={secret}
            name={t('alert.secret')}
            label={t('action.copy')}
            copied={t('action.copied')}
          />
        </div>
      ) : (
        <form class="rule-form" onSubmit={save} noValidate>
          {form.problem && <Notice tone="danger">{form.problem}</Notice>}
          <TextField
            label={t('alert.url')}
            type="url"
            hint={t('alert.urlHint')}
            value={url}
            onValue={setUrl}
            error={form.error('url')}
          />
        </form>
      )}
    </Dialog>
  );
}
