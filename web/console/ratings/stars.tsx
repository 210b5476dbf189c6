import './stars.css';
import { Icon } from '../../ui/icon';
import { t } from '../i18n';

const steps = [1, 2, 3, 4, 5];

/** How many of five. */
export function Stars({ score, size = 14 }: { score: number; size?: number }) {
  return (
    <span class="stars" role="img" aria-label={t('rating.stars', { count: score })}>
      {steps.map((step) => (
        <span key={step} class={step <= score ? 'star-full' : 'star'}>
          <Icon name="star" size={size} />
        </span>
      ))}
    </span>
  );
}
