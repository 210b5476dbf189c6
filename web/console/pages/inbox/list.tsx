import { useEffect, useRef } from 'preact/hooks';
import { Empty, Skeleton } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { atMost, viewTexts } from '../../frame/views';
import { t } from '../../i18n';
import { navigate } from '../../router';
import { useDesk } from '../../stores/desk';
import { filterText, views } from '../../stores/filter';
import type { List } from '../../stores/lists';
import { selected } from '../../stores/selection';
import { Bulk } from './bulk';
import { FilterButtons, FilterChips } from './filters';
import { HandedBack } from './handed-back';
import { isPreset, type Look, placeOf } from './places';
import { Rows } from './rows';
import { Welcome } from './welcome';

interface ListPaneProps {
  readonly list: List;
  readonly look: Look;
  readonly title: string;
  readonly current: string | undefined;
}

export function ListPane({ list, look, title, current }: ListPaneProps) {
  const { counts, views: saved } = useDesk();
  const scroller = useRef<HTMLDivElement>(null);
  const items = list.items.value;
  const picking = selected.value.size > 0;
  return (
    <section class="list" aria-label={title}>
      <header class="list-head">
        {/* With a conversation open the page is about that. */}
        {current ? <h2 class="list-title">{title}</h2> : <h1 class="list-title">{title}</h1>}
        <FilterButtons look={look} />
        {picking && <Bulk list={list} />}
      </header>
      <nav class="list-views" aria-label={t('list.views')}>
        {views.map((view) => (
          <a
            key={view}
            class="list-view"
            href={`/inbox/${view}`}
            aria-current={view === look.view ? 'page' : undefined}
          >
            {t(viewTexts[view])}
            {view !== 'resolved' && counts.value.value && (
              <span class="list-view-count">{atMost(counts.value.value[view])}</span>
            )}
          </a>
        ))}
        {saved.list.value.map((view) => (
          <a
            key={view.id}
            class="list-view"
            href={`/inbox/${view.id}`}
            aria-current={view.id === look.view ? 'page' : undefined}
          >
            {view.name}
            <span class="list-view-count">{atMost(saved.counts.value[view.id])}</span>
          </a>
        ))}
      </nav>
      <FilterChips look={look} />
      <HandedBack />
      <Welcome />
      <div ref={scroller} class="list-scroll">
        {items.length > 0 && (
          <Rows items={items} look={look} current={current} scroller={scroller} />
        )}
        <ListEnd list={list} look={look} />
      </div>
    </section>
  );
}

function ListEnd({ list, look }: { list: List; look: Look }) {
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
  if (empty && !list.more.value) return <EmptyList look={look} />;
  return list.more.value ? <More list={list} /> : null;
}

function EmptyList({ look }: { look: Look }) {
  const { base, filter } = look;
  const narrowed = filterText({ ...filter, sort: base.sort }, base) !== '';
  if (narrowed || !isPreset(look.view)) {
    return (
      <Empty icon="filter" title={t('empty.filtered')}>
        <p>{t('empty.filteredText')}</p>
        {narrowed && (
          <Button small onClick={() => navigate(placeOf({ ...look, filter: base }))}>
            {t('filter.clear')}
          </Button>
        )}
      </Empty>
    );
  }
  const words = {
    unassigned: [t('empty.unassigned'), t('empty.unassignedText')],
    mine: [t('empty.mine'), t('empty.mineText')],
    all: [t('empty.all'), t('empty.allText')],
    snoozed: [t('empty.snoozed'), t('empty.snoozedText')],
    resolved: [t('empty.resolved'), t('empty.resolvedText')],
  }[look.view];
  return (
    <Empty icon={look.view === 'unassigned' ? 'check' : 'inbox'} title={words[0] ?? ''}>
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
      { root: element.closest('.list-scroll'), rootMargin: '900px' },
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
