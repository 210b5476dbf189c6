// What came of a message that was sent out, in words.
import type { Delivery } from '../protocol/webhooks';
import { t } from './i18n';

export const outcomeText = ({ result, status }: Pick<Delivery, 'result' | 'status'>): string =>
  ({
    ok: t('alert.sent'),
    refused: t('alert.sentRefused', { status: String(status ?? '') }),
    forbidden: t('alert.sentForbidden'),
    timeout: t('alert.sentTimeout'),
    unreachable: t('alert.sentUnreachable'),
    failed: t('alert.sentFailed'),
  })[result];
