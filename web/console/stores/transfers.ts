// Conversations that are offered: those that wait for my answer, and those of the conversations I see.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Transfer } from '../../protocol/types';

export interface Transfers {
  /** What waits for my answer, the first to end first. */
  readonly incoming: ReadonlySignal<readonly Transfer[]>;
  /** The one that is pending for a conversation. */
  of(conversation: string): Transfer | undefined;
  load(): Promise<void>;
  put(transfer: Transfer): void;
}

export function createTransfers(api: Api, me: string): Transfers {
  const pending = signal<ReadonlyMap<string, Transfer>>(new Map());
  // Of what is over, so that an answer that comes late does not bring it back.
  const newest = new Map<string, number>();
  const incoming = computed(() =>
    [...pending.value.values()]
      .filter(({ to }) => to === me)
      .sort((a, b) => a.expires_at - b.expires_at),
  );
  const put = (transfer: Transfer): void => {
    if ((newest.get(transfer.id) ?? -1) >= transfer.position) return;
    newest.set(transfer.id, transfer.position);
    const next = new Map(pending.peek());
    if (transfer.state === 'pending') next.set(transfer.id, transfer);
    else next.delete(transfer.id);
    pending.value = next;
  };
  return {
    incoming,
    of: (conversation) =>
      [...pending.value.values()].find((transfer) => transfer.conversation === conversation),
    async load() {
      const { items } = await api.get<{ items: Transfer[] }>('/transfers');
      newest.clear();
      pending.value = new Map(items.map((transfer) => [transfer.id, transfer]));
      for (const { id, position } of items) newest.set(id, position);
    },
    put,
  };
}
