import { useEffect } from 'preact/hooks';
import { Icon } from '../../ui/icon';
import { alertText } from '../alert-words';
import { t } from '../i18n';
import { raised, watchAlerts } from '../stores/alerts';

/** For administrators: something is wrong with the server and nobody has said that they know. */
export function AlertsBanner({ path }: { path: string }) {
  useEffect(watchAlerts, []);
  const unknown = raised.value.filter((alert) => !alert.acknowledged_by);
  const [worst] = unknown;
  const shown = worst && !path.startsWith('/settings/status');
  return (
    <div role="status" aria-live="polite">
      {shown && (
        <div class={`banner ${worst.severity === 'critical' ? 'banner-critical' : ''}`}>
          <Icon name="alert" />
          <span>
            {alertText(worst.rule, worst.text)}
            {unknown.length > 1 && ` · ${t('alert.more', { count: unknown.length - 1 })}`}
          </span>
          <a class="banner-action" href="/settings/status">
            {t('alert.look')}
          </a>
        </div>
      )}
    </div>
  );
}
