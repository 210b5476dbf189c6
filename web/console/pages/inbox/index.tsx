import './inbox.css';
import { useEffect, useRef } from 'preact/hooks';
import { Empty, Kbd } from '../../../ui/bits';
import { viewTexts } from '../../frame/frame';
import { t } from '../../i18n';
import { useKeys } from '../../keys';
import { address, navigate } from '../../router';
import { pageTitle } from '../../stores/attention';
import { useDesk } from '../../stores/desk';
import type { View } from '../../stores/lists';
import { nameOf } from '../../stores/words';
import type { PageProps } from '..';
import { ConversationPane } from './conversation';
import { neighbour } from './entries';
import { ListPane } from './list';
import { placeOf, rowId } from './places';

export default function Inbox({ params }: PageProps) {
  const desk = useDesk();
  const view = params.view as View;
  const id = params.id;
  const channel = address.value.query.get('channel') ?? undefined;
  const list = desk.lists.of(view, channel);
  const opened = id ? desk.conversations.all.value.get(id) : undefined;
  // Where the opened one stood, for when it leaves the list: the one below moves up to it.
  const stood = useRef(0);

  const ids = list.items.value.map((item) => item.id);
  const at = id ? ids.indexOf(id) : -1;
  if (at >= 0) stood.current = at;

  const open = (next: string | undefined) => {
    if (next) navigate(placeOf(view, next, channel));
  };
  const back = () => navigate(placeOf(view, undefined, channel));
  const step = (by: 1 | -1) => {
    const focused = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row;
    const here = id ?? focused;
    const left = id !== undefined && at < 0;
    const next = left ? ids[stood.current + (by === 1 ? 0 : -1)] : neighbour(ids, here, by);
    if (!next) return;
    document.getElementById(rowId(next))?.focus();
    if (id) open(next);
  };

  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    u: back,
    Escape: back,
  });

  const ready = desk.ready.value;
  useEffect(() => {
    if (ready && list.state.peek() === 'empty') list.load();
  }, [list, ready]);
  useEffect(() => {
    pageTitle.value = opened ? nameOf(opened.customer) : t(viewTexts[view]);
  }, [opened?.customer.name, view]);

  return (
    <div class={`inbox ${id ? 'inbox-open' : ''}`}>
      <ListPane list={list} view={view} channel={channel} current={id} />
      {id ? (
        <ConversationPane
          key={id}
          id={id}
          onBack={back}
          onResolved={() => {
            const rest = list.items.peek().filter((item) => item.id !== id);
            const next = rest[stood.current] ?? rest.at(-1);
            if (view === 'resolved') return;
            if (next) open(next.id);
            else back();
          }}
        />
      ) : (
        <section class="inbox-none" aria-label={t('inbox.noneLabel')}>
          <Empty icon="channel" title={t('inbox.none')}>
            <p>
              <Kbd>J</Kbd> <Kbd>K</Kbd> {t('inbox.noneKeys')} <Kbd>?</Kbd> {t('inbox.noneSheet')}
            </p>
          </Empty>
        </section>
      )}
    </div>
  );
}
