// What the page that is open offers to actions: the inbox says what is before somebody and what
// can be done there. Keys, the command bar and the sheet of shortcuts all go through it.
import { signal } from '@preact/signals';
import type { Conversation } from '../../protocol/types';
import type { ComposerKind } from '../stores/drafts';

/** What somebody is asked for before it happens. */
export type Question = 'assign' | 'transfer' | 'snooze' | 'tags' | 'priority';

export interface Inbox {
  /** What an action is about: the picked ones, else the open one, else the one under the focus. */
  targets(): readonly Conversation[];
  opened(): Conversation | undefined;
  step(by: 1 | -1, extend: boolean): void;
  /** One step out: the drawer, the selection, the conversation. */
  leave(): void;
  pick(): void;
  /** All from what was picked last to this one. */
  extendTo(id: string): void;
  pickAll(): void;
  ask(question: Question): void;
  /** They may be gone from the list now: go on with the next one. */
  done(targets: readonly Conversation[], work: Promise<boolean>): void;
  /** Back to the list, without opening the next one. */
  back(): void;
}

/** Of the conversation that is open. */
export interface Talk {
  write(kind: ComposerKind): void;
  /** Answers what the customer said last. */
  quoteLast(): void;
  togglePanel(): void;
  /** What lies over it, if anything does. */
  close?: () => void;
}

export const inbox = signal<Inbox | undefined>(undefined);
export const talk = signal<Talk | undefined>(undefined);

/** What was typed after the command bar was asked for and before it was there: it is for the bar. */
export const typedAhead = signal('');

/** What lies over the page. */
export const overlay = signal<'sheet' | 'bar' | undefined>(undefined);
