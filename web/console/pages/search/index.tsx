import '../../../ui/field.css';
import './search.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Conversation, Message, Page } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Empty, Skeleton, Tag } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { Icon } from '../../../ui/icon';
import { dateTime, shortTime } from '../../format';
import { t } from '../../i18n';
import { address, navigate } from '../../router';
import { pageTitle } from '../../stores/attention';
import { type Desk, useDesk } from '../../stores/desk';
import { colleague, nameOf, sentence } from '../../stores/words';
import { excerpt, highlight } from './highlight';

interface Hit {
  readonly conversation: Conversation;
  readonly message: Message;
}

interface Found {
  readonly items: readonly Hit[];
  readonly next: string | null;
  readonly busy: boolean;
  readonly error?: unknown;
}

const pauseMs = 250;
const nothing: Found = { items: [], next: null, busy: false };

function useSearch(desk: Desk, query: string) {
  const [found, setFound] = useState<Found>(nothing);
  const run = useRef<AbortController>(undefined);

  const fetchPage = async (after: string | null, held: readonly Hit[]) => {
    run.current?.abort();
    const mine = new AbortController();
    run.current = mine;
    setFound({ items: held, next: null, busy: true });
    try {
      const page = await desk.api.get<Page<Hit>>('/search', { q: query, after }, mine.signal);
      if (!mine.signal.aborted) {
        setFound({ items: [...held, ...page.items], next: page.next, busy: false });
      }
    } catch (error) {
      if (!mine.signal.aborted) setFound({ items: held, next: after, busy: false, error });
    }
  };

  useEffect(() => {
    if (!query.trim()) {
      setFound(nothing);
      return;
    }
    fetchPage(null, []);
    return () => run.current?.abort();
  }, [query]);

  return { found, more: () => fetchPage(found.next, found.items) };
}

export default function Search() {
  const desk = useDesk();
  const query = address.value.query.get('q') ?? '';
  const [typed, setTyped] = useState(query);
  const input = useRef<HTMLInputElement>(null);
  const { found, more } = useSearch(desk, query);

  useEffect(() => {
    input.current?.focus();
    pageTitle.value = t('search.title');
  }, []);
  useEffect(() => {
    if (typed === query) return;
    const timer = setTimeout(
      () => navigate(`/search${typed ? `?q=${encodeURIComponent(typed)}` : ''}`, { replace: true }),
      pauseMs,
    );
    return () => clearTimeout(timer);
  }, [typed]);

  return (
    <div class="search">
      <header class="search-head">
        <h1>{t('search.title')}</h1>
        <search class="search-box">
          <Icon name="search" size={18} />
          <input
            ref={input}
            class="input"
            type="search"
            aria-label={t('search.label')}
            placeholder={t('search.hint')}
            maxLength={200}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </search>
      </header>
      <p class="visually-hidden" role="status">
        {query && !found.busy && t('search.found', { count: found.items.length })}
      </p>
      <ul class="hits">
        {found.items.map(({ conversation, message }) => (
          <HitRow
            key={`${message.conversation}/${message.seq}`}
            conversation={conversation}
            message={message}
            query={query}
          />
        ))}
      </ul>
      <SearchEnd found={found} query={query} more={more} />
    </div>
  );
}

function SearchEnd({ found, query, more }: { found: Found; query: string; more: () => void }) {
  if (found.busy) return <Skeleton rows={found.items.length ? 2 : 6} label={t('state.loading')} />;
  if (found.error) {
    return (
      <Empty icon="alert" title={sentence(found.error)}>
        <Button small icon="retry" onClick={more}>
          {t('action.retry')}
        </Button>
      </Empty>
    );
  }
  if (!query.trim()) {
    return (
      <Empty icon="search" title={t('search.start')}>
        <p>{t('search.startText')}</p>
      </Empty>
    );
  }
  if (!found.items.length && !found.next) {
    return (
      <Empty icon="search" title={t('search.none', { query })}>
        <p>{t('search.noneText')}</p>
      </Empty>
    );
  }
  return found.next ? (
    <div class="search-more">
      <Button onClick={more}>{t('action.more')}</Button>
    </div>
  ) : null;
}

function HitRow({ conversation, message, query }: Hit & { query: string }) {
  const { people, channels } = useDesk();
  const name = nameOf(conversation.customer);
  const author = message.author.kind === 'customer' ? name : colleague(people, message.author.id);
  const view = conversation.status === 'resolved' ? 'resolved' : 'all';
  return (
    <li>
      <a class="hit" href={`/inbox/${view}/${conversation.id}?seq=${message.seq}`}>
        <Avatar id={conversation.customer.id} name={name} size={32} />
        <span class="hit-body">
          <span class="hit-line">
            <span class="hit-name">{name}</span>
            <span class="hit-channel">{channels.find(conversation.channel)?.name}</span>
            {conversation.status === 'resolved' && <Tag>{t('status.resolved')}</Tag>}
            <time class="hit-time" title={dateTime(message.at)}>
              {shortTime(message.at)}
            </time>
          </span>
          <span class="hit-text">
            {message.kind === 'note' && (
              <Tag tone="note">
                <Icon name="lock" size={12} />
                {t('note.tag')}
              </Tag>
            )}{' '}
            <span class="hit-author">{author}: </span>
            {highlight(excerpt(message.text, query), query).map((part, index) =>
              part.hit ? <mark key={index}>{part.text}</mark> : part.text,
            )}
            {message.attachments.length > 0 &&
              ` 📎 ${message.attachments.map((file) => file.name).join(', ')}`}
          </span>
        </span>
      </a>
    </li>
  );
}
