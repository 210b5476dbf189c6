// Who opened a recording.
import { useState } from 'preact/hooks';
import type { RecordingAccess } from '../../protocol/recordings';
import { Notice } from '../../ui/bits';
import { Button } from '../../ui/button';
import { dateTime } from '../format';
import { t } from '../i18n';
import { useDesk } from '../stores/desk';
import { api } from '../stores/session';
import { colleague, sentence } from '../stores/words';

export function Accesses({ recording }: { recording: string }) {
  const { people } = useDesk();
  const [items, setItems] = useState<readonly RecordingAccess[]>();
  const [failed, setFailed] = useState<unknown>();
  const load = () =>
    api
      .get<{ items: RecordingAccess[] }>(`/recordings/${recording}/accesses`)
      .then((answer) => setItems(answer.items), setFailed);
  if (failed !== undefined) return <Notice tone="danger">{sentence(failed)}</Notice>;
  if (!items) {
    return (
      <Button small kind="quiet" icon="eye" onClick={load}>
        {t('recording.accesses')}
      </Button>
    );
  }
  if (items.length === 0) return <p class="player-hint">{t('recording.noAccesses')}</p>;
  return (
    <ul class="player-accesses" aria-label={t('recording.accesses')}>
      {items.map((access) => (
        <li key={`${access.user} ${access.at} ${access.deed}`}>
          <time>{dateTime(access.at)}</time>
          <span>
            {t(`recording.deed.${access.deed}`, { name: colleague(people, access.user) })}
          </span>
        </li>
      ))}
    </ul>
  );
}
