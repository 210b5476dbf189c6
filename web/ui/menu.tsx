import './field.css';
import type { ComponentChildren, RefObject } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon';
import { Popover } from './popover';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  /** A second line. */
  readonly more?: string;
  readonly icon?: IconName;
  /** Instead of an icon, an avatar say. */
  readonly lead?: ComponentChildren;
  readonly checked?: boolean;
  readonly danger?: boolean;
  /** A line above it. */
  readonly apart?: boolean;
  readonly run: () => void;
}

interface MenuProps {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
  readonly align?: 'start' | 'end';
  readonly head?: ComponentChildren;
}

function ItemContent({ item }: { item: MenuItem }) {
  return (
    <>
      {item.lead ?? (item.icon && <Icon name={item.icon} />)}
      <span class="menu-item-label">
        {item.label}
        {item.more && <span class="menu-item-more">{item.more}</span>}
      </span>
      {item.hint && <span class="menu-item-hint">{item.hint}</span>}
      {item.checked && <Icon name="check" />}
    </>
  );
}

/** What a button offers. Arrow keys move, Home and End jump. */
export function Menu({ anchor, label, items, onClose, align = 'start', head }: MenuProps) {
  const ref = useRef<HTMLDivElement>(null);
  const entries = (): HTMLElement[] =>
    Array.from(ref.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? []);
  useLayoutEffect(() => entries()[0]?.focus(), []);

  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (event.key === 'Tab') onClose();
    if (to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  };

  return (
    <Popover anchor={anchor} onClose={onClose} align={align}>
      {head && <div class="menu-head">{head}</div>}
      <div ref={ref} role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
        {items.map((item) => (
          <div key={item.id} role="none">
            {item.apart && <hr class="menu-line" />}
            <button
              type="button"
              {...(item.checked === undefined
                ? { role: 'menuitem' as const }
                : { role: 'menuitemradio' as const, 'aria-checked': item.checked })}
              tabIndex={-1}
              class={`menu-item ${item.danger ? 'menu-item-danger' : ''}`}
              onClick={() => {
                onClose();
                anchor.current?.focus();
                item.run();
              }}
            >
              <ItemContent item={item} />
            </button>
          </div>
        ))}
      </div>
    </Popover>
  );
}

interface PickerProps extends Omit<MenuProps, 'onClose'> {
  /** With the id of what was chosen, if anything was. */
  readonly onClose: (chosen?: string) => void;
  /** Open for the next one: for what one chooses several of. */
  readonly stays?: boolean;
  readonly placeholder: string;
  readonly none: string;
  /** What is offered for what was typed; without it, the items that contain it. */
  readonly search?: (typed: string) => readonly MenuItem[];
  readonly wide?: boolean;
}

/** A menu one can type into: for lists too long to look through. */
export function Picker({
  anchor,
  label,
  items,
  onClose,
  placeholder,
  none,
  search,
  wide,
  stays,
  align = 'start',
}: PickerProps) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  // Before the next key: people type what they look for right after the key that opened this.
  useLayoutEffect(() => input.current?.focus(), []);

  const wanted = typed.trim().toLocaleLowerCase();
  const contains = (item: MenuItem) =>
    item.label.toLocaleLowerCase().includes(wanted) || item.hint?.includes(wanted);
  const found = search ? search(typed) : items.filter(contains);
  const active = Math.min(at, found.length - 1);

  const choose = (item: MenuItem | undefined) => {
    if (!item) return;
    if (stays) {
      setTyped('');
      input.current?.focus();
    } else {
      onClose(item.id);
      anchor.current?.focus();
    }
    item.run();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') setAt((active + 1) % Math.max(1, found.length));
    else if (event.key === 'ArrowUp')
      setAt((active - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') choose(found[active]);
    else if (event.key === 'Tab') onClose();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
  };

  return (
    <Popover
      anchor={anchor}
      onClose={() => onClose()}
      align={align}
      label={label}
      wide={wide ?? false}
    >
      <input
        ref={input}
        class="input picker-input"
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found[active] ? `${list}-${found[active].id}` : undefined}
        placeholder={placeholder}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label={label}>
        {found.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the input above
          <div
            key={item.id}
            id={`${list}-${item.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            class={`menu-item ${item.apart ? 'menu-item-apart' : ''}`}
            onClick={() => choose(item)}
            onPointerMove={() => setAt(index)}
          >
            <ItemContent item={item} />
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="picker-none">{none}</p>}
    </Popover>
  );
}
