import './quote.css';
import type { Conversation, Quote } from '../../../protocol/types';
import { IconButton } from '../../../ui/button';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { changeDraft, draftOf } from '../../stores/drafts';
import { quoteOf } from '../../stores/quotes';
import { colleague, nameOf } from '../../stores/words';

/** What a message answers: whose words, and how they begin. */
export function QuoteWords({ quote, held }: { quote: Quote; held: Conversation }) {
  const { people, me } = useDesk();
  const name =
    quote.author.kind === 'customer'
      ? nameOf(held.customer)
      : quote.author.id === me
        ? t('row.you')
        : colleague(people, quote.author.id);
  return (
    <>
      <span class="quote-name">{name}</span>
      <span class="quote-text" dir="auto">
        {quote.recalled ? <em>{t('message.recalled')}</em> : quote.text || quote.file}
      </span>
    </>
  );
}

/** Above what one writes: what it answers. */
export function QuoteDraft({ held }: { held: Conversation }) {
  const desk = useDesk();
  const { quote: seq } = draftOf(held.id);
  const quote = quoteOf(desk.histories.of(held.id).messages.value, seq);
  if (seq === null) return null;
  return (
    <div class="quote quote-draft">
      <span class="visually-hidden">{t('quote.answering')}</span>
      {quote ? (
        <QuoteWords quote={quote} held={held} />
      ) : (
        <span class="quote-text">{t('quote.earlier')}</span>
      )}
      <IconButton
        icon="close"
        size={14}
        label={t('quote.remove')}
        onClick={() => changeDraft(held.id, { quote: null })}
      />
    </div>
  );
}
