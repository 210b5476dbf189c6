// The notes that call me, newest first.
import '../search/search.css';
import './mentions.css';
import { useEffect, useState } from 'preact/hooks';
import type { Mention, Page } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Empty, Skeleton, Tag } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { toast } from '../../../ui/toast';
import { dateTime, shortTime } from '../../format';
import { t } from '../../i18n';
import { pageTitle } from '../../stores/attention';
import { useDesk } from '../../stores/desk';
import { colleague, nameOf, preview, sentence } from '../../stores/words';

interface Loaded {
  readonly items: readonly Mention[];
  readonly next: string | null;
}

export default function Mentions() {
  const { api, counts, ready } = useDesk();
  const [loaded, setLoaded] = useState<Loaded>();
  const [failed, setFailed] = useState<unknown>();
  const unseen = counts.value.value?.mentions ?? 0;

  const load = async (held?: Loaded) => {
    setFailed(undefined);
    try {
      const page = await api.get<Page<Mention>>('/mentions', { after: held?.next });
      setLoaded({ items: [...(held?.items ?? []), ...page.items], next: page.next });
    } catch (error) {
      setFailed(error);
    }
  };
  useEffect(() => {
    pageTitle.value = t('mention.title');
  }, []);
  // Called again, or seen elsewhere: the list is another one.
  useEffect(() => {
    if (ready.value) void load();
  }, [unseen, ready.value]);

  const seeAll = () =>
    api
      .post('/mentions/seen', { conversation: null })
      .then(counts.load)
      .catch((error) => toast(sentence(error), { kind: 'error' }));

  return (
    <div class="search">
      <header class="mentions-head">
        <h1>{t('mention.title')}</h1>
        {unseen > 0 && (
          <Button small icon="checks" onClick={seeAll}>
            {t('mention.seeAll')}
          </Button>
        )}
      </header>
      {loaded && (
        <ul class="hits">
          {loaded.items.map((mention) => (
            <MentionRow
              key={`${mention.message.conversation}/${mention.message.seq}`}
              {...mention}
            />
          ))}
        </ul>
      )}
      {failed !== undefined && (
        <Empty icon="alert" title={sentence(failed)}>
          <Button small icon="retry" onClick={() => load(loaded)}>
            {t('action.retry')}
          </Button>
        </Empty>
      )}
      {!loaded && failed === undefined && <Skeleton rows={5} label={t('state.loading')} />}
      {loaded?.items.length === 0 && (
        <Empty icon="at" title={t('mention.empty')}>
          <p>{t('mention.emptyText')}</p>
        </Empty>
      )}
      {loaded?.next && (
        <div class="search-more">
          <Button onClick={() => load(loaded)}>{t('action.more')}</Button>
        </div>
      )}
    </div>
  );
}

function MentionRow({ conversation, message, at, seen }: Mention) {
  const { people, channels } = useDesk();
  const author = people.find(message.author.id);
  const name = colleague(people, message.author.id);
  const view = conversation.status === 'resolved' ? 'resolved' : 'all';
  return (
    <li>
      <a
        class={`hit ${seen ? '' : 'hit-unseen'}`}
        href={`/inbox/${view}/${conversation.id}?seq=${message.seq}`}
      >
        <Avatar id={author?.id ?? ''} name={name} src={author?.avatar_url ?? null} size={32} />
        <span class="hit-body">
          <span class="hit-line">
            <span class="hit-name">{name}</span>
            <span class="hit-channel">
              {nameOf(conversation.customer)} · {channels.find(conversation.channel)?.name}
            </span>
            {!seen && <Tag tone="accent">{t('mention.new')}</Tag>}
            <time class="hit-time" title={dateTime(at)}>
              {shortTime(at)}
            </time>
          </span>
          <span class="hit-text">{preview(message)}</span>
        </span>
      </a>
    </li>
  );
}
