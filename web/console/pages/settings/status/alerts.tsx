import { useEffect, useState } from 'preact/hooks';
import type { Alert } from '../../../../protocol/status';
import { Empty, Notice, Skeleton, Tag } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { Icon } from '../../../../ui/icon';
import { toast } from '../../../../ui/toast';
import { alertText, amount } from '../../../alert-words';
import { ago, dateTime } from '../../../format';
import { t } from '../../../i18n';
import { acknowledge, raised } from '../../../stores/alerts';
import { useDesk } from '../../../stores/desk';
import { api } from '../../../stores/session';
import { colleague, sentence } from '../../../stores/words';

export function Severity({ severity }: Pick<Alert, 'severity'>) {
  return severity === 'critical' ? (
    <Tag tone="danger">{t('alert.critical')}</Tag>
  ) : (
    <Tag tone="warn">{t('alert.warning')}</Tag>
  );
}

const values = (alert: Alert): string =>
  alert.unit === 'yes'
    ? ''
    : `${t('alert.value', {
        value: amount(alert.value, alert.unit),
        threshold: amount(alert.threshold, alert.unit),
      })} · `;

/** Above everything else of the page, whatever part is shown. */
export function RaisedAlerts() {
  const { people } = useDesk();
  const [busy, setBusy] = useState<string>();
  const say = async (alert: Alert) => {
    setBusy(alert.rule);
    try {
      await acknowledge(alert);
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
    setBusy(undefined);
  };
  if (raised.value.length === 0) return null;
  return (
    <ul class="things" aria-label={t('alert.raised')}>
      {raised.value.map((alert) => (
        <li key={alert.rule} class="thing">
          <Icon name="alert" size={18} />
          <div class="thing-body">
            <p class="thing-name">
              {alertText(alert.rule, alert.text)}
              <Severity severity={alert.severity} />
            </p>
            <p class="thing-more alert-more">
              {values(alert)}
              {t('alert.since', { when: ago(alert.began_at) })}
              {alert.acknowledged_by &&
                ` · ${t('alert.acknowledged', { who: colleague(people, alert.acknowledged_by) })}`}
            </p>
          </div>
          {!alert.acknowledged_by && (
            <Button small busy={busy === alert.rule} onClick={() => say(alert)}>
              {t('alert.acknowledge')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What was raised, over or not, newest first. */
export function PastAlerts() {
  const { people } = useDesk();
  const [items, setItems] = useState<readonly Alert[]>();
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    api.get<{ items: Alert[] }>('/alerts').then((list) => setItems(list.items), setFailed);
  }, [raised.value]);
  if (failed !== undefined) return <Notice tone="danger">{sentence(failed)}</Notice>;
  if (!items) return <Skeleton rows={3} label={t('state.loading')} />;
  if (items.length === 0) return <Empty icon="resolved" title={t('alert.none')} />;
  return (
    <ul class="things">
      {items.map((alert) => (
        <li key={`${alert.rule}-${alert.began_at}`} class="thing">
          <Icon name={alert.resolved_at ? 'check' : 'alert'} size={18} />
          <div class="thing-body">
            <p class="thing-name">
              {alertText(alert.rule, alert.text)}
              <Severity severity={alert.severity} />
            </p>
            <p class="thing-more alert-more">
              {values(alert)}
              {alert.resolved_at
                ? t('alert.lasted', {
                    begin: dateTime(alert.began_at),
                    end: dateTime(alert.resolved_at),
                  })
                : t('alert.since', { when: dateTime(alert.began_at) })}
              {alert.acknowledged_by &&
                ` · ${t('alert.acknowledged', { who: colleague(people, alert.acknowledged_by) })}`}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
