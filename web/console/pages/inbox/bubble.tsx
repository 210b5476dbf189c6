import { isEmojiOnly, tokens } from '../../../core/text';
import type { Conversation, Message } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Icon } from '../../../ui/icon';
import { clockTime, dateTime } from '../../format';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { colleague, nameOf } from '../../stores/words';
import { Attachments } from './attachments';
import type { Entry } from './entries';
import type { Viewed } from './viewer';

interface BubbleProps {
  readonly entry: Extract<Entry, { kind: 'message' }>;
  readonly held: Conversation;
  /** What a search led to. */
  readonly marked: boolean;
  readonly onView: (viewed: Viewed) => void;
}

export function Bubble({ entry, held, marked, onView }: BubbleProps) {
  const { people } = useDesk();
  const { message, first, last } = entry;
  const customer = message.author.kind === 'customer';
  const author = people.find(message.author.id);
  const name = customer ? nameOf(held.customer) : colleague(people, message.author.id);
  const side = customer ? 'theirs' : message.kind === 'note' ? 'note' : 'ours';
  return (
    <li
      id={entry.key}
      class={`bubble bubble-${side} ${first ? 'bubble-first' : ''} ${marked ? 'bubble-marked' : ''}`}
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
        {message.text && (
          <div
            class={`bubble-text ${isEmojiOnly(message.text) ? 'bubble-emoji' : ''}`}
            title={dateTime(message.at)}
          >
            <Text text={message.text} />
          </div>
        )}
        <Attachments items={message.attachments} onView={onView} />
        {last && (
          <p class="bubble-meta">
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
