// The smallest shared pieces.
import './bits.css';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from './button';
import { Icon, type IconName } from './icon';

export function Kbd({ children }: { children: ComponentChildren }) {
  return <kbd class="kbd">{children}</kbd>;
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}

export function Skeleton({ rows = 6, label }: { rows?: number; label: string }) {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="skeleton-row">
          <span class="skeleton-disc" />
          <span class="skeleton-lines">
            <span />
            <span />
          </span>
        </div>
      ))}
    </div>
  );
}

export function Spinner({ label }: { label: string }) {
  return (
    <span class="spinner" role="status">
      <span class="visually-hidden">{label}</span>
    </span>
  );
}

type Tone = 'neutral' | 'ok' | 'warn' | 'danger' | 'accent' | 'note';

export function Tag({ tone = 'neutral', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`tag tag-${tone}`}>{children}</span>;
}

interface NoticeProps {
  readonly tone?: 'info' | 'warn' | 'danger' | 'ok';
  readonly children: ComponentChildren;
}

export function Notice({ tone = 'info', children }: NoticeProps) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'danger' ? 'alert' : undefined}>
      <Icon name={tone === 'ok' ? 'check' : tone === 'info' ? 'info' : 'alert'} />
      <div>{children}</div>
    </div>
  );
}

interface CopyProps {
  readonly text: string;
  readonly label: string;
  readonly copied: string;
  readonly small?: boolean;
}

export function CopyButton({ text, label, copied, small }: CopyProps) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copyText(text);
    setDone(true);
    setTimeout(() => setDone(false), 2_000);
  };
  return (
    <Button small={Boolean(small)} icon={done ? 'check' : 'copy'} onClick={copy}>
      <span aria-live="polite">{done ? copied : label}</span>
    </Button>
  );
}

/** The clipboard API exists only on https and localhost; a first try-out often has neither. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  // Inside an open dialog only its own content can take the focus that copying needs.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

interface SecretProps extends CopyProps {
  /** What it is, for a screen reader. */
  readonly name: string;
}

/** Text to take away: a snippet, an address, a password shown once. */
export function CopyBox({ text, label, copied, name }: SecretProps) {
  return (
    <div class="copy-box">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long line must be scrollable by keyboard */}
      <section class="copy-text" tabIndex={0} aria-label={name}>
        <code>{text}</code>
      </section>
      <CopyButton text={text} label={label} copied={copied} small />
    </div>
  );
}
