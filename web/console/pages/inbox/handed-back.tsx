// What was taken from me while I could not be reached and nobody has taken on since, until I say that I know.

import { useEffect, useState } from 'preact/hooks';
import type { Conversation } from '../../../protocol/types';
import { IconButton } from '../../../ui/button';
import { Icon } from '../../../ui/icon';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { nameOf } from '../../stores/words';

/** Names beyond these are only counted: the list below has them all. */
const shownMax = 3;

export function HandedBack() {
  const { api, counts } = useDesk();
  const count = counts.value.value?.handed_back ?? 0;
  const [items, setItems] = useState<readonly Conversation[]>([]);
  useEffect(() => {
    if (count === 0) return;
    api
      .get<{ items: Conversation[] }>('/conversations/handed-back')
      .then((answer) => setItems(answer.items))
      // The sentence with the number stands without the names.
      .catch(() => setItems([]));
  }, [count]);
  if (count === 0) return null;
  const shown = items.slice(0, shownMax);
  const dismiss = () => api.post('/conversations/handed-back/seen').then(counts.load, counts.touch);
  return (
    <aside class="offer" aria-label={t('handedBack.label')}>
      <Icon name="info" />
      <div class="offer-text" role="status">
        <p>{t('handedBack.text', { count })}</p>
        {shown.length > 0 && (
          <ul class="handed-back">
            {shown.map((item) => (
              <li key={item.id}>
                <a href={`/inbox/unassigned/${item.id}`}>{nameOf(item.customer)}</a>
              </li>
            ))}
            {items.length > shownMax && (
              <li>
                <a href="/inbox/unassigned">
                  {t('handedBack.more', { count: items.length - shownMax })}
                </a>
              </li>
            )}
          </ul>
        )}
      </div>
      <IconButton icon="close" size={14} label={t('handedBack.seen')} onClick={dismiss} />
    </aside>
  );
}
