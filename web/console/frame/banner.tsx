import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../ui/icon';
import { t } from '../i18n';
import { useDesk } from '../stores/desk';

const patienceMs = 1_500;

/** Says that the line is gone, and only then: a hiccup shorter than this is nobody's business. */
export function LineBanner() {
  const { line, connection } = useDesk();
  const state = line.value;
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (state === 'live') return;
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, [state === 'live']);
  const shown = state === 'offline' || (state === 'connecting' && late);
  return (
    <div role="status" aria-live="polite">
      {shown && (
        <div class="banner">
          <Icon name="offline" />
          <span>{state === 'offline' ? t('line.offline') : t('line.connecting')}</span>
          <button type="button" class="banner-action" onClick={() => connection.hint('online')}>
            {t('line.now')}
          </button>
        </div>
      )}
    </div>
  );
}
