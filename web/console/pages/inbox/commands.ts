// What one can do to a conversation, with what to say when it did not work.
import { ApiError } from '../../../core/api';
import type { Conversation } from '../../../protocol/types';
import { toast } from '../../../ui/toast';
import { t } from '../../i18n';
import type { Desk } from '../../stores/desk';
import { colleague, sentence } from '../../stores/words';

async function attempt(desk: Desk, id: string, run: () => Promise<Conversation>): Promise<boolean> {
  try {
    desk.conversations.put([await run()]);
    desk.counts.touch();
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'conversation.assignee_changed') {
      const now = await desk.conversations.fetch(id).catch(() => undefined);
      const text = now?.assignee
        ? t('assign.conflict', { who: colleague(desk.people, now.assignee) })
        : t('assign.conflictNobody');
      toast(text, { kind: 'error' });
    } else toast(sentence(error), { kind: 'error' });
    return false;
  }
}

/** Only if it is still with whom we see it with: somebody may have been faster. */
export function assign(desk: Desk, held: Conversation, assignee: string | null): Promise<boolean> {
  return attempt(desk, held.id, () =>
    desk.api.post<Conversation>(`/conversations/${held.id}/assign`, {
      assignee,
      expected: held.assignee,
    }),
  );
}

export async function resolve(desk: Desk, held: Conversation): Promise<boolean> {
  const done = await attempt(desk, held.id, () =>
    desk.api.post<Conversation>(`/conversations/${held.id}/resolve`),
  );
  if (done) {
    toast(t('resolve.done'), {
      action: { label: t('action.undo'), run: () => void reopen(desk, held) },
    });
  }
  return done;
}

export function reopen(desk: Desk, held: Conversation): Promise<boolean> {
  return attempt(desk, held.id, () =>
    desk.api.post<Conversation>(`/conversations/${held.id}/reopen`),
  );
}
