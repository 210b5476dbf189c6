import { useEffect, useState } from 'preact/hooks';
import type { Delivery, EventWebhook } from '../../../../protocol/webhooks';
import { Empty, Notice, Skeleton, Tag } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { Tabs } from '../../../../ui/tabs';
import { toast } from '../../../../ui/toast';
import { ago, dateTime, measure } from '../../../format';
import { t } from '../../../i18n';
import { outcomeText } from '../../../outcome-words';
import { api } from '../../../stores/session';
import { sentence } from '../../../stores/words';
import { kindText } from './kinds';

type Part = 'all' | 'dead';
type Page = { readonly items: readonly Delivery[]; readonly next: string | null };

interface Props {
  readonly webhook: EventWebhook;
  readonly onChange: () => Promise<void>;
}

export function Deliveries({ webhook, onChange }: Props) {
  const [part, setPart] = useState<Part>('all');
  const [page, setPage] = useState<Page>();
  const [failed, setFailed] = useState<unknown>();
  const fetchPage = (after?: string) => {
    const query = new URLSearchParams({ limit: '25' });
    if (part === 'dead') query.set('state', 'dead');
    if (after) query.set('after', after);
    return api.get<Page>(`/webhooks/${webhook.id}/deliveries?${query}`);
  };
  const load = () => fetchPage().then(setPage, setFailed);
  const { last, waiting, dead } = webhook;
  // Whenever something was sent, and when another part is looked at.
  const changed = `${part} ${last?.position} ${last?.at} ${waiting?.attempts} ${dead}`;
  useEffect(() => {
    load();
  }, [changed]);
  const more = async () => {
    if (!page?.next) return;
    const further = await fetchPage(page.next);
    setPage({ items: [...page.items, ...further.items], next: further.next });
  };
  return (
    <section class="hook-deliveries" aria-label={t('hooks.deliveries')}>
      <Tabs
        label={t('hooks.deliveries')}
        panel="hook-deliveries"
        value={part}
        onValue={(chosen) => {
          setPage(undefined);
          setPart(chosen);
        }}
        tabs={[
          { id: 'all', label: t('hooks.deliveries') },
          { id: 'dead', label: t('hooks.dead', { count: dead }) },
        ]}
      />
      <div id="hook-deliveries" role="tabpanel" aria-label={t('hooks.deliveries')}>
        {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
        {!page && failed === undefined && <Skeleton rows={3} label={t('state.loading')} />}
        {page?.items.length === 0 && (
          <Empty icon="send" title={part === 'dead' ? t('hooks.noneDead') : t('hooks.nothingSent')}>
            <p>{part === 'dead' ? t('hooks.noneDeadText') : t('hooks.nothingSentText')}</p>
          </Empty>
        )}
        {page && page.items.length > 0 && (
          <ul class="things">
            {page.items.map((delivery) => (
              <Row
                key={delivery.position}
                webhook={webhook}
                delivery={delivery}
                onChange={async () => {
                  await load();
                  await onChange();
                }}
              />
            ))}
          </ul>
        )}
        {page?.next && (
          <p class="hook-more">
            <Button small onClick={() => more().catch(setFailed)}>
              {t('action.more')}
            </Button>
          </p>
        )}
      </div>
    </section>
  );
}

interface RowProps extends Props {
  readonly delivery: Delivery;
}

const tones = { taken: 'ok', waiting: 'warn', dead: 'danger' } as const;

function Row({ webhook, delivery, onChange }: RowProps) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const { position, state, attempts, answer } = delivery;
  const run = async (work: () => Promise<string>, kind?: 'error') => {
    setBusy(true);
    try {
      toast(await work(), kind ? { kind } : {});
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
    setBusy(false);
    await onChange();
  };
  const again = () =>
    run(async () =>
      outcomeText(
        await api.post<Delivery>(`/webhooks/${webhook.id}/deliveries/${position}/redeliver`),
      ),
    );
  const fromHere = () =>
    run(async () => {
      await api.post(`/webhooks/${webhook.id}/replay`, { from: position });
      return t('hooks.replayed');
    });
  const words = {
    taken: t('alert.sent'),
    waiting: t('hooks.waiting'),
    dead: t('hooks.givenUp'),
  };
  return (
    <li class="thing hook-delivery">
      <div class="thing-body">
        <button
          type="button"
          class="hook-delivery-head"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <span class="hook-kind">{kindText(delivery.kind)}</span>
          <Tag tone={tones[state]}>{words[state]}</Tag>
          <span class="hook-when">
            {delivery.result !== 'ok' && `${outcomeText(delivery)} · `}
            {attempts > 1 && `${t('hooks.attempts', { count: attempts })} · `}
            {ago(delivery.at)}
          </span>
        </button>
        {open && (
          <div class="hook-more-facts">
            <dl>
              <dt>{t('hooks.kind')}</dt>
              <dd>
                <code>{delivery.kind}</code>
              </dd>
              <dt>{t('hooks.position')}</dt>
              <dd>
                <code>{position}</code>
              </dd>
              <dt>{t('hooks.lastTry')}</dt>
              <dd>
                {dateTime(delivery.at)} · {measure(delivery.took_ms, 'millisecond')}
                {delivery.status !== null && ` · ${delivery.status}`}
              </dd>
              <dt>{t('hooks.answer')}</dt>
              <dd>{answer ? <pre class="hook-answer">{answer}</pre> : t('hooks.noAnswer')}</dd>
            </dl>
            <div class="form-end">
              <Button small busy={busy} icon="retry" onClick={again}>
                {t('hooks.again')}
              </Button>
              <Button small kind="quiet" disabled={busy} onClick={fromHere}>
                {t('hooks.fromHere')}
              </Button>
            </div>
          </div>
        )}
      </div>
    </li>
  );
}
