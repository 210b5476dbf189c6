// Thousands of rows, of which those in sight are drawn. Every row is equally high (inbox.css), so
// where one is follows from its number.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Conversation } from '../../../protocol/types';
import { useDesk } from '../../stores/desk';
import { selected } from '../../stores/selection';
import { type Look, placeOf, rowId } from './places';
import { Row } from './row';

/** Drawn above and below what is in sight. */
const spare = 8;
const usualHeight = 90;

interface RowsProps {
  readonly items: readonly Conversation[];
  readonly look: Look;
  readonly current: string | undefined;
  /** What scrolls. */
  readonly scroller: { readonly current: HTMLElement | null };
}

export function Rows({ items, look, current, scroller }: RowsProps) {
  const { channels } = useDesk();
  const list = useRef<HTMLUListElement>(null);
  const [height, setHeight] = useState(usualHeight);
  const [sight, setSight] = useState({ from: 0, to: 30 });
  const [focused, setFocused] = useState<string>();
  const wanted = useRef<string | undefined>(undefined);

  useLayoutEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[data-row]');
    // Larger letters make higher rows.
    if (row?.offsetHeight && row.offsetHeight !== height) setHeight(row.offsetHeight);
  });

  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const look = () => {
      const from = Math.max(0, Math.floor(box.scrollTop / height) - spare);
      const to = Math.ceil((box.scrollTop + box.clientHeight) / height) + spare;
      setSight((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    look();
    box.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(box);
    return () => {
      box.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [height]);

  const reveal = (id: string) => {
    const at = items.findIndex((item) => item.id === id);
    const box = scroller.current;
    if (at < 0 || !box) return;
    const [top, bottom] = [at * height, (at + 1) * height];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  };

  useEffect(() => {
    const onReveal = (event: Event) => {
      wanted.current = (event as CustomEvent<string>).detail;
      reveal(wanted.current);
      setFocused(wanted.current);
    };
    document.addEventListener('parlor:reveal', onReveal);
    return () => document.removeEventListener('parlor:reveal', onReveal);
  });
  useLayoutEffect(() => {
    const row = wanted.current && document.getElementById(rowId(wanted.current));
    if (!row) return;
    wanted.current = undefined;
    row.focus();
  });
  // Opened from elsewhere, or from the address.
  useEffect(() => {
    if (current) reveal(current);
  }, [current, items.length > 0]);

  const drawn: number[] = [];
  for (let at = sight.from; at < Math.min(sight.to, items.length); at += 1) drawn.push(at);
  // Whatever has the focus stays, or the focus would be lost.
  for (const id of [focused, current]) {
    const at = id ? items.findIndex((item) => item.id === id) : -1;
    if (at >= 0 && (at < sight.from || at >= sight.to)) drawn.push(at);
  }
  drawn.sort((a, b) => a - b);
  const several = !look.filter.channel && channels.list.value.length > 1;
  const picked = selected.value;
  return (
    <ul
      ref={list}
      class={`rows ${picked.size ? 'rows-picking' : ''}`}
      style={{ height: `${items.length * height}px` }}
      onFocusCapture={(event) =>
        setFocused((event.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset.row)
      }
    >
      {drawn.map((at) => {
        const item = items[at];
        return (
          item && (
            <Row
              key={item.id}
              item={item}
              top={at * height}
              place={at + 1}
              of={items.length}
              href={placeOf(look, item.id)}
              current={item.id === current}
              picked={picked.has(item.id)}
              showChannel={several}
            />
          )
        );
      })}
    </ul>
  );
}
