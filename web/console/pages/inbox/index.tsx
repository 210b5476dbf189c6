import './inbox.css';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Conversation } from '../../../protocol/types';
import { Empty, Kbd, Skeleton } from '../../../ui/bits';
import { type Inbox as Handle, inbox, type Question, talk } from '../../actions/here';
import { viewName } from '../../frame/views';
import { t } from '../../i18n';
import { address, navigate } from '../../router';
import { NotFound } from '../../shell';
import { pageTitle } from '../../stores/attention';
import { type Desk, useDesk } from '../../stores/desk';
import type { List } from '../../stores/lists';
import {
  clearSelection,
  extend,
  keepSelected,
  selectAll,
  selected,
  toggle,
} from '../../stores/selection';
import { nameOf } from '../../stores/words';
import type { PageProps } from '..';
import { Asking } from './asking';
import { ConversationPane } from './conversation';
import { neighbour } from './entries';
import { ListPane } from './list';
import { type Look, lookAt, placeOf, rowId } from './places';

export default function Inbox({ params }: PageProps) {
  const desk = useDesk();
  const look = lookAt(params.view ?? 'all', address.value.query, desk.views);
  if (look) return <Looking look={look} id={params.id} />;
  return desk.views.loaded.value ? <NotFound /> : <Skeleton label={t('state.loading')} />;
}

function Looking({ look, id }: { look: Look; id: string | undefined }) {
  const desk = useDesk();
  const list = desk.lists.of(look.filter);
  const opened = id ? desk.conversations.all.value.get(id) : undefined;
  const title = viewName(look.view, desk.views);
  const [asked, setAsked] = useState<{ question: Question; targets: readonly Conversation[] }>();
  const handle = useHandle({ desk, look, id, list, onAsk: setAsked });

  const ready = desk.ready.value;
  useEffect(() => {
    if (ready && list.state.peek() === 'empty') list.load();
  }, [list, ready]);
  useEffect(() => {
    pageTitle.value = opened ? nameOf(opened.customer) : title;
  }, [opened?.customer.name, title]);
  // Another list: what was picked in the last one is out of sight.
  useEffect(() => clearSelection, [list]);
  useEffect(
    () => list.items.subscribe((items) => keepSelected(items.map((item) => item.id))),
    [list],
  );

  return (
    <div class={`inbox ${id ? 'inbox-open' : ''}`}>
      <ListPane list={list} look={look} title={title} current={id} />
      {id ? (
        <ConversationPane key={id} id={id} onBack={handle.back} />
      ) : (
        <section class="inbox-none" aria-label={t('inbox.noneLabel')}>
          <Empty icon="channel" title={t('inbox.none')}>
            <p>
              <Kbd>J</Kbd> <Kbd>K</Kbd> {t('inbox.noneKeys')} <Kbd>?</Kbd> {t('inbox.noneSheet')}
            </p>
          </Empty>
        </section>
      )}
      {asked && <Asking {...asked} onClose={() => setAsked(undefined)} />}
    </div>
  );
}

interface HandleOptions {
  readonly desk: Desk;
  readonly look: Look;
  readonly id: string | undefined;
  readonly list: List;
  readonly onAsk: (asked: { question: Question; targets: readonly Conversation[] }) => void;
}

const rowOf = (element: EventTarget | null): string | undefined =>
  element instanceof Element ? element.closest<HTMLElement>('[data-row]')?.dataset.row : undefined;

/** The row that has the focus, or had it before something was asked over the page. */
let lastRow: string | undefined;

function focusedRow(): string | undefined {
  const over = document.activeElement?.closest('dialog, .popover');
  return over ? lastRow : rowOf(document.activeElement);
}

function watchRows(): () => void {
  const onFocus = ({ target }: FocusEvent) => {
    if (!(target instanceof Element) || !target.closest('dialog, .popover'))
      lastRow = rowOf(target);
  };
  document.addEventListener('focusin', onFocus);
  return () => document.removeEventListener('focusin', onFocus);
}

/** What this page offers to keys and to the command bar. */
function useHandle(options: HandleOptions): Handle {
  const now = useRef(options);
  now.current = options;
  // Where the opened one stood, for when it leaves the list: the one below moves up to it.
  const stood = useRef(0);
  const ids = options.list.items.value.map((item) => item.id);
  const at = options.id ? ids.indexOf(options.id) : -1;
  if (at >= 0) stood.current = at;

  const handle = useMemo<Handle>(() => {
    const shown = () => now.current.list.items.peek().map((item) => item.id);
    const held = (id: string | undefined) =>
      id ? now.current.desk.conversations.all.peek().get(id) : undefined;
    const open = (id: string) => navigate(placeOf(now.current.look, id));
    const here = () => now.current.id ?? focusedRow();
    const back = () => {
      const { id, look } = now.current;
      if (!id) return;
      navigate(placeOf(look));
      // The row it was, or what stands there now: the focus goes nowhere else.
      const next = shown().includes(id) ? id : shown()[stood.current];
      requestAnimationFrame(() => next && document.getElementById(rowId(next))?.focus());
    };
    return {
      opened: () => held(now.current.id),
      targets() {
        const all = now.current.desk.conversations.all.peek();
        const picked = [...selected.peek()].flatMap((id) => all.get(id) ?? []);
        if (picked.length) return picked;
        const one = held(here());
        return one ? [one] : [];
      },
      step(by, picking) {
        const ids = shown();
        const { id } = now.current;
        const left = id !== undefined && !ids.includes(id);
        const next = left ? ids[stood.current + (by === 1 ? 0 : -1)] : neighbour(ids, here(), by);
        if (!next) return;
        if (picking) {
          const from = here();
          if (from && !selected.peek().size) toggle(from);
          extend(ids, next);
        }
        const row = document.getElementById(rowId(next));
        // Out of the rendered part: the list brings it in, then it can be focused.
        if (row) row.focus();
        else document.dispatchEvent(new CustomEvent('parlor:reveal', { detail: next }));
        if (id && !picking) open(next);
      },
      leave() {
        const close = talk.peek()?.close;
        if (close) close();
        else if (selected.peek().size) clearSelection();
        else back();
      },
      pick() {
        const id = here();
        if (id) toggle(id);
      },
      extendTo: (id) => extend(shown(), id),
      pickAll: () => selectAll(shown()),
      ask(question) {
        const targets = handle.targets();
        if (targets.length) now.current.onAsk({ question, targets });
      },
      async done(targets, work) {
        const { id, look } = now.current;
        const gone = new Set(targets.map((target) => target.id));
        if (!(await work)) return;
        clearSelection();
        if (!id || !gone.has(id) || now.current.id !== id) return;
        // Still shown where it is: a view of what is resolved, say.
        if (shown().includes(id)) return;
        const rest = shown();
        const next = rest[Math.min(stood.current, rest.length - 1)];
        if (!next) {
          navigate(placeOf(look));
          return;
        }
        open(next);
        // What had the focus is gone with the conversation that is done.
        requestAnimationFrame(() => {
          if (document.activeElement === document.body)
            document.getElementById(rowId(next))?.focus();
        });
      },
      back,
    };
  }, []);

  useEffect(() => {
    inbox.value = handle;
    const unwatch = watchRows();
    return () => {
      unwatch();
      inbox.value = undefined;
      talk.value = undefined;
    };
  }, [handle]);
  return handle;
}
