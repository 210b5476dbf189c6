// Everything that can be done by a key or by its name, in one list: the keys, the command bar and
// the sheet of shortcuts are made of it.

import type { Transfer } from '../../protocol/types';
import type { IconName } from '../../ui/icon';
import { mayCall, startCall } from '../calls/start';
import type { TextKey } from '../i18n';
import { assign, markUnread, reopen, resolve, undo, wake } from '../pages/inbox/commands';
import { navigate } from '../router';
import type { Desk } from '../stores/desk';
import { accept, withdraw } from '../transfers/deeds';
import { declining } from '../transfers/offers';
import { inbox, overlay, talk } from './here';

export type Group = 'list' | 'conversation' | 'general';

export interface Action {
  readonly id: string;
  readonly group: Group;
  /** A text without placeholders. */
  readonly text: PlainKey;
  readonly icon: IconName;
  /** Any of them; one character, or a name as browsers give it. */
  readonly keys: readonly string[];
  /** Whether it can be done here and now. */
  readonly when: (desk: Desk) => boolean;
  readonly run: (desk: Desk, event?: KeyboardEvent) => void;
  /** By key alone: nobody would look for it by name. */
  readonly unnamed?: true;
}

type PlainKey = Extract<TextKey, `do.${string}`>;

const targets = () => inbox.value?.targets() ?? [];
const any = (): boolean => targets().length > 0;
const listed = (): boolean => inbox.value !== undefined;
const always = (): boolean => true;

const question = (name: 'assign' | 'transfer' | 'snooze' | 'tags' | 'priority') => () =>
  inbox.value?.ask(name);

/** The one that is before somebody, if they may hand it over: theirs, or nobody's yet. */
export function handable(desk: Desk): boolean {
  const [held, more] = targets();
  if (!held || more || held.status !== 'open' || desk.transfers.of(held.id)) return false;
  return held.assignee === null || held.assignee === desk.me;
}

/** The offer that somebody made and may take back here. */
function offered(desk: Desk): Transfer | undefined {
  const [held] = targets();
  const transfer = held && desk.transfers.of(held.id);
  return transfer?.from === desk.me ? transfer : undefined;
}

/** With the best there is, if it can be now. */
function callable(desk: Desk): (() => Promise<void>) | undefined {
  const [held, more] = targets();
  if (!held || more) return undefined;
  const may = mayCall(desk, held);
  return may === 'audio' || may === 'video' ? () => startCall(desk, held, may) : undefined;
}

export const actions: readonly Action[] = [
  {
    id: 'next',
    group: 'list',
    text: 'do.next',
    icon: 'down',
    keys: ['j', 'ArrowDown'],
    when: listed,
    run: (_, event) => inbox.value?.step(1, event?.shiftKey ?? false),
    unnamed: true,
  },
  {
    id: 'previous',
    group: 'list',
    text: 'do.previous',
    icon: 'down',
    keys: ['k', 'ArrowUp'],
    when: listed,
    run: (_, event) => inbox.value?.step(-1, event?.shiftKey ?? false),
    unnamed: true,
  },
  {
    id: 'pick',
    group: 'list',
    text: 'do.pick',
    icon: 'check',
    keys: ['x'],
    when: listed,
    run: () => inbox.value?.pick(),
  },
  {
    id: 'pick-all',
    group: 'list',
    text: 'do.pickAll',
    icon: 'checks',
    keys: ['*'],
    when: listed,
    run: () => inbox.value?.pickAll(),
  },
  {
    id: 'leave',
    group: 'list',
    text: 'do.leave',
    icon: 'back',
    keys: ['Escape'],
    when: listed,
    run: () => inbox.value?.leave(),
    unnamed: true,
  },
  {
    id: 'reply',
    group: 'conversation',
    text: 'do.reply',
    icon: 'send',
    keys: ['r'],
    when: () => talk.value !== undefined,
    run: () => talk.value?.write('text'),
  },
  {
    id: 'note',
    group: 'conversation',
    text: 'do.note',
    icon: 'note',
    keys: ['n'],
    when: () => talk.value !== undefined,
    run: () => talk.value?.write('note'),
  },
  {
    id: 'quote',
    group: 'conversation',
    text: 'do.quote',
    icon: 'quote',
    keys: ['q'],
    when: () => talk.value !== undefined,
    run: () => talk.value?.quoteLast(),
  },
  {
    id: 'assign',
    group: 'conversation',
    text: 'do.assign',
    icon: 'user',
    keys: ['a'],
    when: any,
    run: question('assign'),
  },
  {
    id: 'take',
    group: 'conversation',
    text: 'do.take',
    icon: 'hand',
    keys: ['m'],
    when: (desk) => targets().some(({ assignee }) => assignee !== desk.me),
    run: (desk) => void assign(desk, targets(), desk.me),
  },
  {
    id: 'transfer',
    group: 'conversation',
    text: 'do.transfer',
    icon: 'hand',
    keys: ['h'],
    when: handable,
    run: question('transfer'),
  },
  {
    id: 'withdraw',
    group: 'conversation',
    text: 'do.withdraw',
    icon: 'close',
    keys: [],
    when: (desk) => offered(desk) !== undefined,
    run(desk) {
      const transfer = offered(desk);
      if (transfer) void withdraw(desk, transfer);
    },
  },
  {
    id: 'accept',
    group: 'general',
    text: 'do.accept',
    icon: 'check',
    keys: ['y'],
    when: (desk) => desk.transfers.incoming.value.length > 0,
    run(desk) {
      const [first] = desk.transfers.incoming.peek();
      if (first) void accept(desk, first);
    },
  },
  {
    id: 'decline',
    group: 'general',
    text: 'do.decline',
    icon: 'close',
    keys: ['d'],
    when: (desk) => desk.transfers.incoming.value.length > 0,
    run(desk) {
      declining.value = desk.transfers.incoming.peek()[0];
    },
  },
  {
    id: 'call',
    group: 'conversation',
    text: 'do.call',
    icon: 'phone',
    keys: ['v'],
    when: (desk) => callable(desk) !== undefined,
    run: (desk) => callable(desk)?.(),
  },
  {
    id: 'resolve',
    group: 'conversation',
    text: 'do.resolve',
    icon: 'check',
    keys: ['e'],
    when: () => targets().some(({ status }) => status === 'open'),
    run: (desk) => inbox.value?.done(targets(), resolve(desk, targets())),
  },
  {
    id: 'reopen',
    group: 'conversation',
    text: 'do.reopen',
    icon: 'reopen',
    keys: ['e'],
    when: () => any() && targets().every(({ status }) => status === 'resolved'),
    run: (desk) => void reopen(desk, targets()),
  },
  {
    id: 'snooze',
    group: 'conversation',
    text: 'do.snooze',
    icon: 'clock',
    keys: ['s'],
    when: () => targets().some(({ status }) => status === 'open'),
    run: question('snooze'),
  },
  {
    id: 'wake',
    group: 'conversation',
    text: 'do.wake',
    icon: 'bell',
    keys: [],
    when: () => targets().some((held) => held.snooze !== null),
    run: (desk) => void wake(desk, targets()),
  },
  {
    id: 'tags',
    group: 'conversation',
    text: 'do.tags',
    icon: 'tag',
    keys: ['t'],
    when: any,
    run: question('tags'),
  },
  {
    id: 'priority',
    group: 'conversation',
    text: 'do.priority',
    icon: 'flag',
    keys: ['p'],
    when: any,
    run: question('priority'),
  },
  {
    id: 'unread',
    group: 'conversation',
    text: 'do.unread',
    icon: 'inbox',
    keys: ['u'],
    when: any,
    run(desk) {
      const held = targets();
      // First: what is before somebody is read.
      inbox.value?.back();
      void markUnread(desk, held);
    },
  },
  {
    id: 'panel',
    group: 'conversation',
    text: 'do.panel',
    icon: 'info',
    keys: ['i'],
    when: () => talk.value !== undefined,
    run: () => talk.value?.togglePanel(),
  },
  {
    id: 'undo',
    group: 'general',
    text: 'do.undo',
    icon: 'reopen',
    keys: ['z'],
    when: always,
    run: undo,
  },
  {
    id: 'search',
    group: 'general',
    text: 'do.search',
    icon: 'search',
    keys: ['/'],
    when: always,
    run: () => navigate('/search'),
  },
  {
    id: 'sheet',
    group: 'general',
    text: 'do.sheet',
    icon: 'keyboard',
    keys: ['?'],
    when: always,
    run: () => {
      overlay.value = 'sheet';
    },
  },
];

/** For each key what it does here and now; the first that can be done counts. */
export function keyMap(desk: Desk): Record<string, (event: KeyboardEvent) => false | undefined> {
  const keys = new Set(actions.flatMap((action) => action.keys));
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      (event: KeyboardEvent) => {
        // The bar or the sheet is open, or on its way.
        if (overlay.peek()) return false;
        const action = actions.find((one) => one.keys.includes(key) && one.when(desk));
        if (!action) return false;
        action.run(desk, event);
        return undefined;
      },
    ]),
  );
}

const names: Readonly<Record<string, string>> = { ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc' };

/** As it stands on the keyboard. */
export const keyName = (key: string): string => names[key] ?? key.toUpperCase();
