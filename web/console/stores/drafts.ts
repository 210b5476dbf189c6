// What was begun and not sent, per conversation; it survives a reload of the tab.
import { signal } from '@preact/signals';

export type ComposerKind = 'text' | 'note';

export interface DraftFile {
  readonly id: string;
  readonly file: File;
  /** An object URL, for pictures. */
  readonly preview: string | undefined;
}

const key = 'parlor.drafts';
type Stored = Readonly<Record<string, string>>;

function load(): Stored {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? '{}') as Stored;
  } catch {
    return {};
  }
}

const texts = signal<Stored>(load());
/** Files cannot be stored in a session; they wait in memory. */
const files = signal<ReadonlyMap<string, readonly DraftFile[]>>(new Map());

const place = (conversation: string, kind: ComposerKind): string => `${conversation}/${kind}`;

export const draftText = (conversation: string, kind: ComposerKind): string =>
  texts.value[place(conversation, kind)] ?? '';

export const draftFiles = (conversation: string): readonly DraftFile[] =>
  files.value.get(conversation) ?? [];

export const hasDraft = (conversation: string): boolean =>
  Boolean(draftText(conversation, 'text') || draftText(conversation, 'note'));

export function setDraftText(conversation: string, kind: ComposerKind, text: string): void {
  const { [place(conversation, kind)]: _, ...rest } = texts.peek();
  texts.value = text ? { ...rest, [place(conversation, kind)]: text } : rest;
  try {
    sessionStorage.setItem(key, JSON.stringify(texts.peek()));
  } catch {
    // Full or blocked: then it lives as long as the page.
  }
}

export function setDraftFiles(conversation: string, next: readonly DraftFile[]): void {
  const kept = new Set(next.map(({ id }) => id));
  for (const file of draftFiles(conversation)) {
    if (file.preview && !kept.has(file.id)) URL.revokeObjectURL(file.preview);
  }
  files.value = new Map(files.peek()).set(conversation, next);
}

/** Another person signs in: what the last one began is not theirs. */
export function clearDrafts(): void {
  for (const conversation of files.peek().keys()) setDraftFiles(conversation, []);
  texts.value = {};
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Blocked storage never held anything.
  }
}
