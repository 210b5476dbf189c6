import { useEffect, useState } from 'preact/hooks';
import { systemClock } from '../clock';
import { currentTime } from '../format';
import { t } from '../i18n';

/** How long there is to answer, each second; nothing a screen reader would read each second. */
export function Left({ until }: { until: number }) {
  const [now, setNow] = useState(currentTime());
  useEffect(() => systemClock.after(1_000, () => setNow(currentTime())), [now]);
  const seconds = Math.max(0, Math.ceil((until - now) / 1_000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <span class="transfer-left" aria-hidden="true" title={t('transfer.left')}>
      {clock}
    </span>
  );
}
