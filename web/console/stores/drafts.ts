// What was begun and not sent, per conversation. It survives a reload of the tab by itself, and other
// machines by `draft-keeping`.
import { signal } from '@preact/signals';

export type ComposerKind = 'text' | 'note';

export interface DraftFile {
  readonly id: string;
  readonly file: File;
  /** An object URL, for pictures. */
  readonly preview: string | undefined;
}

export interface Begun {
  readonly text: string;
  readonly note: string;
  /** The seq of the message that the reply answers. */
  readonly quote: number | null;
}

interface Stored {
  readonly begun: Readonly<Record<string, Begun>>;
  /** What only this tab knows so far. */
  readonly unkept: readonly string[];
}

const key = 'parlor.drafts';
const nothing: Begun = { text: '', note: '', quote: null };

function load(): Stored {
  try {
    const stored = JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<Stored>;
    return { begun: stored.begun ?? {}, unkept: stored.unkept ?? [] };
  } catch {
    return { begun: {}, unkept: [] };
  }
}

const stored = signal<Stored>(load());
/** Files cannot be stored in a session; they wait in memory. */
const files = signal<ReadonlyMap<string, readonly DraftFile[]>>(new Map());

function store(next: Stored): void {
  stored.value = next;
  try {
    sessionStorage.setItem(key, JSON.stringify(next));
  } catch {
    // Full or blocked: then it lives as long as the page.
  }
}

const listeners = new Set<(conversation: string) => void>();

/** Hears of what is written here. */
export function onDraftChange(heard: (conversation: string) => void): () => void {
  listeners.add(heard);
  return () => listeners.delete(heard);
}

export const draftOf = (conversation: string): Begun => stored.value.begun[conversation] ?? nothing;

export const draftText = (conversation: string, kind: ComposerKind): string =>
  draftOf(conversation)[kind];

export const draftFiles = (conversation: string): readonly DraftFile[] =>
  files.value.get(conversation) ?? [];

export const begun = (conversation: string): boolean => conversation in stored.value.begun;

export const hasDraft = (conversation: string): boolean => {
  const { text, note } = draftOf(conversation);
  return Boolean(text || note);
};

function set(conversation: string, next: Begun): void {
  const { [conversation]: _, ...rest } = stored.peek().begun;
  const empty = !next.text && !next.note && next.quote === null;
  store({ ...stored.peek(), begun: empty ? rest : { ...rest, [conversation]: next } });
}

export function changeDraft(conversation: string, change: Partial<Begun>): void {
  set(conversation, { ...draftOf(conversation), ...change });
  for (const heard of listeners) heard(conversation);
}

export const setDraftText = (conversation: string, kind: ComposerKind, text: string): void =>
  changeDraft(conversation, { [kind]: text });

/** Another machine wrote this; what this one has not told yet is newer. */
export function adoptDraft({ conversation, text, note, quote }: Begun & { conversation: string }) {
  if (!stored.peek().unkept.includes(conversation)) set(conversation, { text, note, quote });
}

/** Which drafts only this tab knows so far; or says so of one. */
export function unkept(conversation?: string, is = true): readonly string[] {
  const { unkept: before } = stored.peek();
  if (conversation === undefined || before.includes(conversation) === is) return before;
  const rest = before.filter((id) => id !== conversation);
  store({ ...stored.peek(), unkept: is ? [...rest, conversation] : rest });
  return stored.peek().unkept;
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
  stored.value = { begun: {}, unkept: [] };
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Blocked storage never held anything.
  }
}
