import type { Channel } from '../../../../protocol/types';
import { CopyBox } from '../../../../ui/bits';
import { Icon } from '../../../../ui/icon';
import { t } from '../../../i18n';
import { fullPage, snippet } from '../../../snippet';
import { Card } from '../layout';

/** How customers get to it. */
export function Install({ channel }: { channel: Channel }) {
  const words = { label: t('action.copy'), copied: t('action.copied') };
  return (
    <Card title={t('channel.install')} lead={t('setup.snippetHint')}>
      <CopyBox text={snippet(channel.key)} name={t('channel.snippet')} {...words} />
      <div>
        <p class="field-label">{t('channel.page')}</p>
        <p class="field-hint">{t('channel.pageHint')}</p>
      </div>
      <CopyBox text={fullPage(channel.key)} name={t('channel.page')} {...words} />
      <div class="form-end">
        <a
          class="button button-secondary button-small"
          href={`/try?channel=${channel.key}`}
          target="_blank"
          rel="noopener"
        >
          <Icon name="external" size={14} />
          {t('channel.try')}
        </a>
        <a
          class="button button-quiet button-small"
          href={fullPage(channel.key)}
          target="_blank"
          rel="noopener"
        >
          <Icon name="external" size={14} />
          {t('channel.openPage')}
        </a>
      </div>
    </Card>
  );
}
