import { useEffect, useRef } from 'preact/hooks';
import { Empty, Skeleton } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { atMost, viewTexts } from '../../frame/frame';
import { t } from '../../i18n';
import { navigate } from '../../router';
import { useDesk } from '../../stores/desk';
import { type List, type View, views } from '../../stores/lists';
import { HandedBack } from './handed-back';
import { placeOf } from './places';
import { Row } from './row';
import { Welcome } from './welcome';

interface ListPaneProps {
  readonly list: List;
  readonly view: View;
  readonly channel: string | undefined;
  readonly current: string | undefined;
}

export function ListPane({ list, view, channel, current }: ListPaneProps) {
  const { counts, channels } = useDesk();
  const items = list.items.value;
  const title = t(viewTexts[view]);
  return (
    <section class="list" aria-label={title}>
      <header class="list-head">
        {/* With a conversation open the page is about that. */}
        {current ? <h2 class="list-title">{title}</h2> : <h1 class="list-title">{title}</h1>}
        {channels.list.value.length > 1 && (
          <select
            class="list-channel"
            aria-label={t('list.channel')}
            value={channel ?? ''}
            onChange={(event) =>
              navigate(placeOf(view, undefined, event.currentTarget.value || undefined))
            }
          >
            <option value="">{t('list.allChannels')}</option>
            {channels.list.value.map((item) => (
              <option key={item.id} value={item.id} selected={item.id === channel}>
                {item.name}
              </option>
            ))}
          </select>
        )}
      </header>
      <nav class="list-views" aria-label={t('list.views')}>
        {views.map((item) => (
          <a
            key={item}
            class="list-view"
            href={placeOf(item, undefined, channel)}
            aria-current={item === view ? 'page' : undefined}
          >
            {t(viewTexts[item])}
            {item !== 'resolved' && counts.value.value && (
              <span class="list-view-count">{atMost(counts.value.value[item])}</span>
            )}
          </a>
        ))}
      </nav>
      <HandedBack />
      <Welcome />
      <div class="list-scroll">
        {items.length > 0 && (
          <ul class="rows">
            {items.map((item) => (
              <Row
                key={item.id}
                item={item}
                href={placeOf(view, item.id, channel)}
                current={item.id === current}
                showChannel={!channel && channels.list.value.length > 1}
              />
            ))}
          </ul>
        )}
        <ListEnd list={list} view={view} />
      </div>
    </section>
  );
}

function ListEnd({ list, view }: { list: List; view: View }) {
  const state = list.state.value;
  const empty = list.items.value.length === 0;
  if (state === 'failed') {
    return (
      <Empty icon="alert" title={t('list.failed')}>
        <Button small icon="retry" onClick={() => list.load()}>
          {t('action.retry')}
        </Button>
      </Empty>
    );
  }
  if (empty && state !== 'ready') return <Skeleton rows={8} label={t('state.loading')} />;
  if (empty && !list.more.value) return <EmptyList view={view} />;
  return list.more.value ? <More list={list} /> : null;
}

function EmptyList({ view }: { view: View }) {
  const words = {
    unassigned: [t('empty.unassigned'), t('empty.unassignedText')],
    mine: [t('empty.mine'), t('empty.mineText')],
    all: [t('empty.all'), t('empty.allText')],
    resolved: [t('empty.resolved'), t('empty.resolvedText')],
  }[view];
  return (
    <Empty icon={view === 'unassigned' ? 'check' : 'inbox'} title={words[0] ?? ''}>
      <p>{words[1]}</p>
    </Empty>
  );
}

/** Asks for the next page before its reader arrives. */
function More({ list }: { list: List }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new IntersectionObserver(
      ([seen]) => {
        if (seen?.isIntersecting) list.load();
      },
      { rootMargin: '400px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
    // A page shorter than the margin leaves the end in sight: look again after each.
  }, [list, list.items.value.length]);
  return (
    <div ref={ref}>
      <Skeleton rows={2} label={t('state.loading')} />
    </div>
  );
}
