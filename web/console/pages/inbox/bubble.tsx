import { isEmojiOnly, tokens } from '../../../core/text';
import type { Conversation, Message } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Icon } from '../../../ui/icon';
import { clockTime, dateTime } from '../../format';
import { t } from '../../i18n';
import { navigate } from '../../router';
import { useDesk } from '../../stores/desk';
import { calls } from '../../stores/mentions';
import { quoteOf } from '../../stores/quotes';
import { colleague, nameOf } from '../../stores/words';
import { Attachments } from './attachments';
import type { Entry } from './entries';
import { MessageEditor } from './message-editor';
import { MessageMenu } from './message-menu';
import { QuoteWords } from './quote';
import type { Viewed } from './viewer';

interface BubbleProps {
  readonly entry: Extract<Entry, { kind: 'message' }>;
  readonly held: Conversation;
  /** What a search led to. */
  readonly marked: boolean;
  /** Its author mends it just now. */
  readonly editing: boolean;
  readonly onEdit: (seq: number | undefined) => void;
  readonly onView: (viewed: Viewed) => void;
}

export function Bubble({ entry, held, marked, editing, onEdit, onView }: BubbleProps) {
  const { people, histories } = useDesk();
  const { message, first, last } = entry;
  const customer = message.author.kind === 'customer';
  const author = people.find(message.author.id);
  const name = customer ? nameOf(held.customer) : colleague(people, message.author.id);
  const recalled = message.recalled_at !== null;
  const dated = last || message.edited_at !== null;
  // As it is now, where we hold it: it may have been taken back since.
  const quote =
    message.quote &&
    !recalled &&
    (quoteOf(histories.of(held.id).messages.value, message.quote.seq) ?? message.quote);
  const side = customer ? 'theirs' : message.kind === 'note' ? 'note' : 'ours';
  return (
    <li
      id={entry.key}
      class={`bubble bubble-${side} ${first ? 'bubble-first' : ''} ${marked ? 'bubble-marked' : ''} ${dated ? 'bubble-dated' : ''}`}
    >
      {customer && (
        <span class="bubble-avatar">
          {last && <Avatar id={held.customer.id} name={name} size={24} />}
        </span>
      )}
      <div class="bubble-body">
        {first && (
          <p class="bubble-author">
            {message.kind === 'note' && (
              <span class="bubble-lock">
                <Icon name="lock" size={12} />
                {t('note.tag')}
              </span>
            )}
            {name}
          </p>
        )}
        {quote && (
          <button type="button" class="quote" onClick={() => jumpTo(quote.seq)}>
            <span class="visually-hidden">{t('quote.answers')} </span>
            <QuoteWords quote={quote} held={held} />
          </button>
        )}
        {editing && (
          <MessageEditor held={held} message={message} onClose={() => onEdit(undefined)} />
        )}
        {recalled && <p class="bubble-recalled">{t('message.recalled')}</p>}
        {message.text && !editing && (
          <div class="bubble-line">
            <div
              class={`bubble-text ${isEmojiOnly(message.text) ? 'bubble-emoji' : ''}`}
              title={dateTime(message.at)}
            >
              <NoteText message={message} />
            </div>
          </div>
        )}
        <Attachments items={message.attachments} onView={onView} />
        <MessageMenu held={held} message={message} onEdit={() => onEdit(message.seq)} />
        {dated && (
          <p class="bubble-meta">
            {message.edited_at !== null && !recalled && (
              <span title={dateTime(message.edited_at)}>{t('message.edited')} ·</span>
            )}
            <time dateTime={new Date(message.at).toISOString()}>{clockTime(message.at)}</time>
            {side === 'ours' && <Ticks message={message} held={held} />}
          </p>
        )}
      </div>
      {!customer && (
        <span class="bubble-avatar">
          {last && (
            <Avatar
              id={message.author.id ?? ''}
              name={name}
              src={author?.avatar_url ?? null}
              size={24}
            />
          )}
        </span>
      )}
    </li>
  );
}

const jumpTo = (seq: number): void => {
  const place = new URL(location.href);
  place.searchParams.set('seq', String(seq));
  navigate(`${place.pathname}${place.search}`);
};

/** A note's calls stand out. */
function NoteText({ message }: { message: Message }) {
  const { people, me } = useDesk();
  if (!message.mentions.length) return <Text text={message.text} />;
  const named = message.mentions.flatMap((id) => people.find(id) ?? []);
  return (
    <>
      {calls(message.text, named).map((piece, index) =>
        piece.user ? (
          <span key={index} class={`mention ${piece.user.id === me ? 'mention-me' : ''}`}>
            {piece.text}
          </span>
        ) : (
          <Text key={index} text={piece.text} />
        ),
      )}
    </>
  );
}

/** Typed text as elements: links become links, everything else stays what it is. */
export function Text({ text }: { text: string }) {
  return (
    <>
      {tokens(text).map((token, index) => {
        if (token.kind === 'break') {
          return <br key={index} />;
        }
        if (token.kind === 'text') return token.text;
        return (
          <a key={index} href={token.href} target="_blank" rel="noopener noreferrer nofollow">
            {token.text}
          </a>
        );
      })}
    </>
  );
}

/** How far it came: stored, on the customer's screen, seen. */
function Ticks({ message, held }: { message: Message; held: Conversation }) {
  const read = held.marks.customer_read >= message.seq;
  const delivered = held.marks.customer_delivered >= message.seq;
  const text = read ? t('mark.read') : delivered ? t('mark.delivered') : t('mark.sent');
  return (
    <span class={`ticks ${read ? 'ticks-read' : ''}`} title={text}>
      <Icon name={read || delivered ? 'checks' : 'check'} size={14} />
      <span class="visually-hidden">{text}</span>
    </span>
  );
}
