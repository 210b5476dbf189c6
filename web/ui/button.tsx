import './button.css';
import type { ButtonHTMLAttributes, ComponentChildren, Ref } from 'preact';
import { Icon, type IconName } from './icon';

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'size' | 'icon' | 'children' | 'label'>;

interface ButtonProps extends Native {
  readonly kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly small?: boolean;
  readonly busy?: boolean;
  readonly icon?: IconName;
  readonly children: ComponentChildren;
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

export function Button(props: ButtonProps) {
  const { kind = 'secondary', small, busy, icon, children, buttonRef, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      ref={buttonRef ?? null}
      class={`button button-${kind} ${small ? 'button-small' : ''} ${rest.class ?? ''}`}
      disabled={Boolean(rest.disabled) || Boolean(busy)}
      aria-busy={busy ? true : undefined}
    >
      {icon && <Icon name={icon} size={small ? 14 : 16} />}
      <span class="button-label">{children}</span>
    </button>
  );
}

interface IconButtonProps extends Native {
  readonly icon: IconName;
  /** What it does; read aloud and shown on hover. */
  readonly label: string;
  /** A key that does the same, shown after the label. */
  readonly shortcut?: string;
  readonly size?: number;
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, shortcut, size, buttonRef, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      ref={buttonRef ?? null}
      class={`icon-button ${rest.class ?? ''}`}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
    >
      <Icon name={icon} size={size ?? 18} />
    </button>
  );
}
