import './webhooks.css';
import { useEffect, useState } from 'preact/hooks';
import type { EventWebhook } from '../../../../protocol/webhooks';
import { Empty, Notice, Skeleton } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { Icon } from '../../../../ui/icon';
import { ago } from '../../../format';
import { t } from '../../../i18n';
import { outcomeText } from '../../../outcome-words';
import { useDesk } from '../../../stores/desk';
import { api } from '../../../stores/session';
import { sentence } from '../../../stores/words';
import type { PageProps } from '../..';
import { SettingsLayout } from '../layout';
import { EditWebhook } from './edit';
import { Tags } from './tags';
import { Webhook } from './webhook';

const everyMs = 5_000;

export default function Webhooks({ params }: PageProps) {
  const { channels } = useDesk();
  const [items, setItems] = useState<readonly EventWebhook[]>();
  const [failed, setFailed] = useState<unknown>();
  const load = async () => {
    try {
      setItems((await api.get<{ items: EventWebhook[] }>('/webhooks')).items);
      setFailed(undefined);
    } catch (error) {
      setFailed(error);
    }
  };
  useEffect(() => {
    load();
    channels.load().catch(setFailed);
    const look = () => document.visibilityState === 'visible' && load();
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, []);
  const opened = items?.find(({ id }) => id === params.id);
  if (opened) return <Webhook key={opened.id} webhook={opened} failed={failed} reload={load} />;
  return <List items={items} failed={failed} reload={load} isGone={Boolean(items && params.id)} />;
}

interface ListProps {
  readonly items: readonly EventWebhook[] | undefined;
  readonly failed: unknown;
  readonly isGone: boolean;
  readonly reload: () => Promise<void>;
}

function List({ items, failed, isGone, reload }: ListProps) {
  const [adding, setAdding] = useState(false);
  return (
    <SettingsLayout
      title={t('settings.webhooks')}
      lead={t('hooks.lead')}
      actions={
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          {t('hooks.add')}
        </Button>
      }
    >
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {isGone && <Notice>{t('error.notFound')}</Notice>}
      {!items && failed === undefined && <Skeleton rows={3} label={t('state.loading')} />}
      {items?.length === 0 && (
        <Empty icon="globe" title={t('hooks.none')}>
          <p>{t('hooks.noneText')}</p>
        </Empty>
      )}
      {items && items.length > 0 && (
        <ul class="things">
          {items.map((webhook) => (
            <li key={webhook.id} class={`thing ${webhook.active ? '' : 'thing-off'}`}>
              <Icon name="globe" size={18} />
              <div class="thing-body">
                <p class="thing-name">
                  <a href={`/settings/webhooks/${webhook.id}`}>{webhook.url}</a>
                </p>
                <p class="thing-more">
                  {webhook.last
                    ? `${outcomeText(webhook.last)} · ${ago(webhook.last.at)}`
                    : t('hooks.nothingSent')}
                </p>
                <Tags webhook={webhook} />
              </div>
              <Icon name="next" />
            </li>
          ))}
        </ul>
      )}
      {adding && <EditWebhook onClose={() => setAdding(false)} onDone={reload} />}
    </SettingsLayout>
  );
}
