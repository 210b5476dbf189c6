import { useEffect } from 'preact/hooks';
import type { Conversation } from '../../protocol/types';
import { Button } from '../../ui/button';
import { toast } from '../../ui/toast';
import { t } from '../i18n';
import { useDesk } from '../stores/desk';
import { sentence } from '../stores/words';
import { RatingView } from './rating';

/** What the customer thought of this conversation, and asking them. */
export function ConversationRatings({ held }: { held: Conversation }) {
  const { api, channels, ratings, ready, snapshot } = useDesk();
  const items = ratings.of(held.id);
  const mayAsk = channels.find(held.channel)?.settings.rating.ask !== 'off';
  useEffect(() => {
    if (ready.value) ratings.load(held.id).catch(() => undefined);
  }, [held.id, ready.value, snapshot.value]);
  const ask = () =>
    api.post(`/conversations/${held.id}/rating/ask`, {}).then(
      () => toast(t('rating.asked')),
      (error) => toast(sentence(error), { kind: 'error' }),
    );
  return (
    <>
      {items.length === 0 && <p class="panel-none">{t('rating.none')}</p>}
      {items.map((rating) => (
        <RatingView key={rating.id} rating={rating} />
      ))}
      {mayAsk && (
        <p>
          <Button small onClick={ask}>
            {t('rating.ask')}
          </Button>
        </p>
      )}
    </>
  );
}
