import type { Rating } from '../../protocol/types';
import { Tag } from '../../ui/bits';
import { dateTime } from '../format';
import { t } from '../i18n';
import { Stars } from './stars';

/** What one customer said, once. */
export function RatingView({ rating }: { rating: Rating }) {
  return (
    <div class="rating">
      <p class="rating-head">
        <Stars score={rating.score} />
        {rating.solved !== null && (
          <Tag tone={rating.solved ? 'ok' : 'danger'}>
            {rating.solved ? t('rating.solved') : t('rating.unsolved')}
          </Tag>
        )}
        {rating.tags.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
      </p>
      {rating.comment && <p class="rating-comment">{rating.comment}</p>}
      <p class="rating-when">{dateTime(rating.changed_at)}</p>
    </div>
  );
}
