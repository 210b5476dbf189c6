import './popover.css';
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

interface PopoverProps {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly align?: 'start' | 'end';
  readonly label?: string;
  readonly wide?: boolean;
}

const gap = 4;
const margin = 8;

/** Floats next to its anchor. `position: fixed`, because the panes it opens from all scroll. */
export function Popover({ anchor, onClose, children, align = 'start', label, wide }: PopoverProps) {
  const ref = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return;
    const place = () => {
      const from = anchor.current?.getBoundingClientRect();
      if (!from) return;
      const left = align === 'start' ? from.left : from.right - box.offsetWidth;
      const below = from.bottom + gap;
      const fitsBelow = below + box.offsetHeight + margin <= window.innerHeight;
      const top = fitsBelow ? below : from.top - gap - box.offsetHeight;
      const rightmost = window.innerWidth - box.offsetWidth - margin;
      box.style.left = `${Math.max(margin, Math.min(left, rightmost))}px`;
      box.style.top = `${Math.max(margin, top)}px`;
    };
    place();
    // What is in it may arrive later, or shrink while somebody types.
    const observer = new ResizeObserver(place);
    observer.observe(box);
    return () => observer.disconnect();
  }, [align]);

  useEffect(() => {
    const outside = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!ref.current?.contains(target) && !anchor.current?.contains(target)) onClose();
    };
    document.addEventListener('pointerdown', outside, true);
    window.addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', outside, true);
      window.removeEventListener('resize', onClose);
    };
  }, [onClose]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only keeps keys from the page below
    <div
      ref={ref}
      class={`popover ${wide ? 'popover-wide' : ''}`}
      {...(label && { role: 'dialog' as const, 'aria-label': label })}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') {
          event.preventDefault();
          onClose();
          anchor.current?.focus();
        }
      }}
    >
      {children}
    </div>
  );
}
