import { useEffect, useState } from 'preact/hooks';
import type { Token } from '../../../protocol/types';
import { CopyBox, Empty, Notice, Skeleton } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { TextField } from '../../../ui/field';
import { Icon } from '../../../ui/icon';
import { toast } from '../../../ui/toast';
import { useForm } from '../../form';
import { ago, dateTime } from '../../format';
import { t } from '../../i18n';
import { api } from '../../stores/session';
import { sentence } from '../../stores/words';
import { SettingsLayout } from './layout';

export default function Tokens() {
  const [items, setItems] = useState<readonly Token[]>();
  const [failed, setFailed] = useState<unknown>();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  const load = () =>
    api.get<{ items: Token[] }>('/tokens').then((page) => setItems(page.items), setFailed);
  useEffect(() => {
    load();
  }, []);
  return (
    <SettingsLayout
      title={t('settings.tokens')}
      lead={t('tokens.lead')}
      actions={
        <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
          {t('tokens.create')}
        </Button>
      }
    >
      <p>
        <a href="/api/docs" target="_blank" rel="noopener">
          {t('tokens.reference')} <Icon name="external" size={12} />
        </a>
      </p>
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {!items && failed === undefined && <Skeleton rows={2} label={t('state.loading')} />}
      {items?.length === 0 && (
        <Empty icon="key" title={t('tokens.none')}>
          <p>{t('tokens.noneText')}</p>
        </Empty>
      )}
      {items && items.length > 0 && (
        <ul class="things">
          {items.map((item) => (
            <li key={item.id} class="thing">
              <Icon name="key" size={18} />
              <div class="thing-body">
                <p class="thing-name">{item.name}</p>
                <p class="thing-more">
                  {t('tokens.made', { when: dateTime(item.created_at) })} ·{' '}
                  {item.last_used_at
                    ? t('tokens.used', { when: ago(item.last_used_at) })
                    : t('tokens.unused')}
                </p>
              </div>
              <Button small kind="quiet" onClick={() => setRevoking(item)}>
                {t('tokens.revoke')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {creating && <Create onClose={() => setCreating(false)} onMade={load} />}
      {revoking && <Revoke token={revoking} onClose={() => setRevoking(undefined)} onDone={load} />}
    </SettingsLayout>
  );
}

function Create({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const form = useForm();
  const [name, setName] = useState('');
  const [secret, setSecret] = useState<string>();
  const submit = async (event?: Event) => {
    event?.preventDefault();
    if (!name.trim()) {
      form.refuse({ name: t('field.required') });
      return;
    }
    await form.run(async () => {
      const made = await api.post<{ token: Token; secret: string }>('/tokens', {
        name: name.trim(),
      });
      setSecret(made.secret);
      onMade();
    });
  };
  return (
    <Dialog
      title={t('tokens.create')}
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
            <Button kind="primary" busy={form.busy} onClick={() => submit()}>
              {t('tokens.create')}
            </Button>
          </>
        )
      }
    >
      {secret ? (
        <>
          <Notice tone="warn">{t('tokens.once')}</Notice>
          <CopyBox
            text={secret}
            name={t('tokens.secret')}
            label={t('action.copy')}
            copied={t('action.copied')}
          />
        </>
      ) : (
        <form onSubmit={submit} noValidate>
          {form.problem && <Notice tone="danger">{form.problem}</Notice>}
          <TextField
            label={t('field.title')}
            hint={t('tokens.nameHint')}
            maxLength={100}
            value={name}
            onValue={setName}
            error={form.error('name')}
          />
        </form>
      )}
    </Dialog>
  );
}

interface RevokeProps {
  readonly token: Token;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Revoke({ token, onClose, onDone }: RevokeProps) {
  const form = useForm();
  const revoke = async () => {
    if (!(await form.run(() => api.delete(`/tokens/${token.id}`)))) return;
    toast(t('tokens.revoked'));
    onDone();
    onClose();
  };
  return (
    <Dialog
      title={t('tokens.revokeTitle', { name: token.name })}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="danger" busy={form.busy} onClick={revoke}>
            {t('tokens.revoke')}
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      <p>{t('tokens.revokeText')}</p>
    </Dialog>
  );
}
