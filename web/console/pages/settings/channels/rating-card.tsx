import type { RatingSettings } from '../../../../protocol/types';
import { RadioGroup, TextAreaField, TextField } from '../../../../ui/field';
import { t } from '../../../i18n';
import { Card } from '../layout';
import type { CardProps } from './cards';

/** How customers are asked what they think. */
export function RatingCard({ draft, set, form }: CardProps) {
  const { rating } = draft;
  const change = (patch: Partial<RatingSettings>) => set({ rating: { ...rating, ...patch } });
  return (
    <Card title={t('rating.card')} lead={t('rating.cardLead')}>
      <RadioGroup
        label={t('rating.when')}
        value={rating.ask}
        onValue={(ask) => change({ ask })}
        options={[
          ['on_request', t('rating.onRequest')],
          ['resolved', t('rating.onResolved')],
          ['off', t('rating.off')],
        ]}
      />
      <TextField
        label={t('rating.question')}
        hint={t('rating.questionHint')}
        maxLength={120}
        value={rating.question}
        onValue={(question) => change({ question })}
        error={form.error('settings.rating.question')}
      />
      <TextAreaField
        label={t('rating.tags')}
        hint={t('rating.tagsHint')}
        value={draft.ratingTagsText}
        onValue={(ratingTagsText) => set({ ratingTagsText })}
        error={form.error('settings.rating.tags')}
      />
    </Card>
  );
}
