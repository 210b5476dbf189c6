// What one can do to conversations, one or many, with what to say when it did not work and a way
// back when it did.
import type {
  ChangeOutcome,
  Conversation,
  ConversationChange,
  Priority,
} from '../../../protocol/types';
import { toast } from '../../../ui/toast';
import { t } from '../../i18n';
import type { Desk } from '../../stores/desk';
import { remember, takeBack } from '../../stores/undo';
import { colleague, sentence } from '../../stores/words';

interface Item {
  readonly conversation: string;
  readonly set: ConversationChange;
}

/** The server takes so many at once. */
const atOnce = 100;

/** What came of each; the stores know what is so now. */
async function send(desk: Desk, items: readonly Item[]): Promise<ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    const some = items.slice(from, from + atOnce);
    const answer = await desk.api.post<{ items: ChangeOutcome[] }>('/conversations/changes', {
      items: some,
    });
    desk.conversations.put(answer.items.flatMap(({ now }) => now ?? []));
    outcomes.push(...answer.items);
  }
  desk.counts.touch();
  desk.views.touch();
  return outcomes;
}

const isChange = (change: ConversationChange | undefined): change is ConversationChange =>
  change !== undefined && Object.keys(change).length > 0;

/** Says what was refused; `true` if nothing was. */
async function tellRefused(desk: Desk, outcomes: readonly ChangeOutcome[]): Promise<boolean> {
  const refused = outcomes.filter(({ code }) => code);
  if (!refused.length) return true;
  if (refused.length === 1 && refused[0]?.code === 'conversation.assignee_changed') {
    const now = await desk.conversations.fetch(refused[0].conversation).catch(() => undefined);
    const text = now?.assignee
      ? t('assign.conflict', { who: colleague(desk.people, now.assignee) })
      : t('assign.conflictNobody');
    toast(text, { kind: 'error' });
  } else toast(t('work.refused', { count: refused.length }), { kind: 'error' });
  return false;
}

async function change(desk: Desk, items: readonly Item[], said: string): Promise<boolean> {
  try {
    const outcomes = await send(desk, items);
    const back = outcomes.flatMap(({ conversation, undo }) =>
      isChange(undo) ? [{ conversation, set: undo }] : [],
    );
    if (back.length) {
      const undo = remember(() => revert(desk, back));
      toast(said, { action: { label: t('action.undo'), run: () => void takeBack(undo) } });
    }
    return await tellRefused(desk, outcomes);
  } catch (error) {
    toast(sentence(error), { kind: 'error' });
    return false;
  }
}

async function revert(desk: Desk, items: readonly Item[]): Promise<void> {
  try {
    if (await tellRefused(desk, await send(desk, items))) toast(t('work.undone'));
  } catch (error) {
    toast(sentence(error), { kind: 'error' });
  }
}

/** The latest thing done is taken back. */
export function undo(): void {
  if (!takeBack()) toast(t('work.nothingToUndo'));
}

type Held = readonly Conversation[];

const each = (held: Held, set: ConversationChange): Item[] =>
  held.map(({ id }) => ({ conversation: id, set }));

/** Only if it is still with whom we see it with: somebody may have been faster. */
export function assign(desk: Desk, held: Held, assignee: string | null): Promise<boolean> {
  const items = held.map(({ id, owner_epoch }) => ({
    conversation: id,
    set: { assignee, expected_epoch: owner_epoch },
  }));
  const said = assignee
    ? t('work.assigned', { count: held.length, name: colleague(desk.people, assignee) })
    : t('work.unassigned', { count: held.length });
  return change(desk, items, said);
}

export const resolve = (desk: Desk, held: Held): Promise<boolean> =>
  change(desk, each(held, { status: 'resolved' }), t('work.resolved', { count: held.length }));

export const reopen = (desk: Desk, held: Held): Promise<boolean> =>
  change(desk, each(held, { status: 'open' }), t('work.reopened', { count: held.length }));

export const prioritise = (desk: Desk, held: Held, priority: Priority): Promise<boolean> =>
  change(desk, each(held, { priority }), t('work.prioritised', { count: held.length }));

/** `null`: until the customer writes. */
export const snooze = (desk: Desk, held: Held, until: number | null): Promise<boolean> =>
  change(desk, each(held, { snooze: { until } }), t('work.snoozed', { count: held.length }));

export const wake = (desk: Desk, held: Held): Promise<boolean> =>
  change(desk, each(held, { snooze: null }), t('work.woken', { count: held.length }));

export function markUnread(desk: Desk, held: Held): Promise<boolean> {
  for (const { id } of held) desk.marks.forget(id);
  return change(desk, each(held, { unread: true }), t('work.unread', { count: held.length }));
}

export const tag = (desk: Desk, held: Held, id: string, on: boolean): Promise<boolean> =>
  change(
    desk,
    each(held, on ? { add_tags: [id] } : { remove_tags: [id] }),
    t(on ? 'work.tagged' : 'work.untagged', { count: held.length }),
  );
