import './toast.css';
import { signal } from '@preact/signals';
import { IconButton } from './button';
import { Icon } from './icon';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'info' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
}

const toasts = signal<readonly Toast[]>([]);
let last = 0;

const lifetimeMs = 6_000;

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Says something in passing; an error stays until it is closed. */
export function toast(text: string, options: Partial<Pick<Toast, 'kind' | 'action'>> = {}): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-2), { id, text, kind: 'info', ...options }];
  if (options.kind !== 'error') setTimeout(() => dismissToast(id), lifetimeMs);
}

export function Toasts({ close }: { close: string }) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((item) => (
        <div key={item.id} class={`toast toast-${item.kind}`}>
          <Icon name={item.kind === 'error' ? 'alert' : 'check'} />
          <span class="toast-text">{item.text}</span>
          {item.action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                item.action?.run();
                dismissToast(item.id);
              }}
            >
              {item.action.label}
            </button>
          )}
          <IconButton icon="close" size={14} label={close} onClick={() => dismissToast(item.id)} />
        </div>
      ))}
    </div>
  );
}
