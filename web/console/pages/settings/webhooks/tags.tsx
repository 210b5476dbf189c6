import type { EventWebhook } from '../../../../protocol/webhooks';
import { Tag } from '../../../../ui/bits';
import { t } from '../../../i18n';

/** How it fares, in as few words as there are. */
export function Tags({ webhook }: { webhook: EventWebhook }) {
  const { active, waiting, dead } = webhook;
  return (
    <p class="hook-tags">
      {!active && <Tag>{t('hooks.paused')}</Tag>}
      {active && waiting && <Tag tone="warn">{t('hooks.waiting')}</Tag>}
      {active && !waiting && <Tag tone="ok">{t('hooks.active')}</Tag>}
      {dead > 0 && <Tag tone="danger">{t('hooks.dead', { count: dead })}</Tag>}
    </p>
  );
}
