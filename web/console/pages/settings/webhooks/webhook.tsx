import { useRef, useState } from 'preact/hooks';
import type { CreatedWebhook, Delivery, EventWebhook } from '../../../../protocol/webhooks';
import { Notice } from '../../../../ui/bits';
import { Button, IconButton } from '../../../../ui/button';
import { Dialog } from '../../../../ui/dialog';
import { Icon } from '../../../../ui/icon';
import { Menu, type MenuItem } from '../../../../ui/menu';
import { toast } from '../../../../ui/toast';
import { now } from '../../../clock';
import { clockTime, dateTime } from '../../../format';
import { t } from '../../../i18n';
import { outcomeText } from '../../../outcome-words';
import { navigate } from '../../../router';
import { useDesk } from '../../../stores/desk';
import { api } from '../../../stores/session';
import { sentence } from '../../../stores/words';
import { SettingsLayout } from '../layout';
import { Deliveries } from './deliveries';
import { EditWebhook, Secret } from './edit';
import { kindText } from './kinds';
import { Tags } from './tags';

interface Props {
  readonly webhook: EventWebhook;
  readonly failed: unknown;
  readonly reload: () => Promise<void>;
}

type Asking = 'edit' | 'secret' | 'delete';

export function Webhook({ webhook, failed, reload }: Props) {
  const path = `/webhooks/${webhook.id}`;
  const [busy, setBusy] = useState<string>();
  const [asking, setAsking] = useState<Asking>();
  const [secret, setSecret] = useState<string>();
  const [menu, setMenu] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => setAsking(undefined);
  const run = async (what: string, work: () => Promise<unknown>) => {
    setBusy(what);
    try {
      await work();
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
    setBusy(undefined);
    await reload();
  };
  const test = () =>
    run('test', async () => {
      const tried = await api.post<Delivery>(`${path}/test`);
      toast(outcomeText(tried), tried.result === 'ok' ? {} : { kind: 'error' });
    });
  const pause = () => run('pause', () => api.patch(path, { active: !webhook.active }));
  const renew = () =>
    run('secret', async () => setSecret((await api.post<CreatedWebhook>(`${path}/secret`)).secret));
  const remove = () =>
    run('delete', async () => {
      await api.delete(path);
      toast(t('alert.webhookRemoved'));
      navigate('/settings/webhooks');
    });
  const items: MenuItem[] = [
    { id: 'edit', label: t('hooks.edit'), icon: 'edit', run: () => setAsking('edit') },
    { id: 'secret', label: t('hooks.renew'), icon: 'key', run: () => setAsking('secret') },
    {
      id: 'delete',
      label: t('action.delete'),
      icon: 'trash',
      danger: true,
      apart: true,
      run: () => setAsking('delete'),
    },
  ];
  return (
    <SettingsLayout
      title={t('hooks.one')}
      actions={
        <>
          <Button busy={busy === 'test'} icon="send" onClick={test}>
            {t('alert.test')}
          </Button>
          <Button busy={busy === 'pause'} onClick={pause}>
            {webhook.active ? t('hooks.pause') : t('hooks.resume')}
          </Button>
          <IconButton
            buttonRef={button}
            icon="more"
            label={t('hooks.actions')}
            aria-haspopup="menu"
            aria-expanded={menu}
            onClick={() => setMenu(!menu)}
          />
          {menu && (
            <Menu
              anchor={button}
              align="end"
              label={t('hooks.actions')}
              items={items}
              onClose={() => setMenu(false)}
            />
          )}
        </>
      }
    >
      <p>
        <a href="/settings/webhooks" class="hook-back">
          <Icon name="back" size={14} /> {t('settings.webhooks')}
        </a>
      </p>
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      <Facts webhook={webhook} />
      {webhook.active && webhook.waiting && (
        <Waiting
          webhook={webhook}
          waiting={webhook.waiting}
          busy={busy === 'waiting'}
          run={(work) => run('waiting', work)}
        />
      )}
      <Deliveries webhook={webhook} onChange={reload} />
      {asking === 'edit' && <EditWebhook webhook={webhook} onClose={close} onDone={reload} />}
      {asking === 'secret' && (
        <Ask
          title={t('hooks.renewTitle')}
          text={t('hooks.renewText')}
          action={t('hooks.renew')}
          onClose={close}
          onYes={renew}
        />
      )}
      {asking === 'delete' && (
        <Ask
          title={t('alert.removeTitle')}
          text={t('hooks.removeText', { url: webhook.url })}
          action={t('action.delete')}
          danger
          onClose={close}
          onYes={remove}
        />
      )}
      {secret && <Secret secret={secret} onClose={() => setSecret(undefined)} />}
    </SettingsLayout>
  );
}

function Facts({ webhook }: { webhook: EventWebhook }) {
  const { channels } = useDesk();
  const { kinds, channels: of, former_secret_until: former } = webhook;
  const names = of.map((id) => channels.find(id)?.name ?? id);
  return (
    <section class="card hook-facts" aria-label={t('hooks.one')}>
      <p class="hook-url">{webhook.url}</p>
      <Tags webhook={webhook} />
      <p>{kinds.length === 0 ? t('hooks.allKinds') : kinds.map(kindText).join(' · ')}</p>
      <p>{names.length === 0 ? t('hooks.allChannels') : names.join(' · ')}</p>
      {former !== null && former > now() && (
        <p class="thing-more">{t('hooks.formerUntil', { when: dateTime(former) })}</p>
      )}
    </section>
  );
}

interface WaitingProps {
  readonly webhook: EventWebhook;
  readonly waiting: Delivery;
  readonly busy: boolean;
  readonly run: (work: () => Promise<unknown>) => void;
}

/** What is tried again, and everything behind it. */
function Waiting({ webhook, waiting, busy, run }: WaitingProps) {
  const path = `/webhooks/${webhook.id}`;
  const next = webhook.next_at ?? waiting.at;
  const words = {
    kind: kindText(waiting.kind),
    outcome: outcomeText(waiting),
    when: clockTime(next),
  };
  return (
    <Notice tone="warn">
      <p>{t('hooks.waitingText', words)}</p>
      {waiting.answer && <pre class="hook-answer">{waiting.answer}</pre>}
      <div class="form-end">
        <Button small busy={busy} icon="retry" onClick={() => run(() => api.post(`${path}/retry`))}>
          {t('hooks.tryNow')}
        </Button>
        <Button
          small
          kind="quiet"
          onClick={() => run(() => api.post(`${path}/deliveries/${waiting.position}/give-up`))}
        >
          {t('hooks.giveUp')}
        </Button>
      </div>
    </Notice>
  );
}

interface AskProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly danger?: boolean;
  readonly onClose: () => void;
  readonly onYes: () => void;
}

function Ask({ title, text, action, danger, onClose, onYes }: AskProps) {
  const yes = () => {
    onClose();
    onYes();
  };
  return (
    <Dialog
      title={title}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind={danger ? 'danger' : 'primary'} onClick={yes}>
            {action}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
