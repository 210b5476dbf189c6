// Words that are said often: the shared ones and one's own. Loaded when they are first wanted.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { QuickReply } from '../../protocol/types';

export type ReplyContent = Pick<QuickReply, 'folder' | 'title' | 'shortcut' | 'text'>;

export interface Replies {
  /** Undefined until they are loaded. */
  readonly list: ReadonlySignal<readonly QuickReply[] | undefined>;
  load(): Promise<void>;
  /** After a reset: only if somebody has looked at them. */
  refresh(): Promise<void>;
  create(scope: QuickReply['scope'], content: ReplyContent): Promise<QuickReply>;
  change(id: string, content: ReplyContent): Promise<void>;
  remove(id: string): Promise<void>;
  restore(id: string): Promise<void>;
  /** Counts a use; that it cannot be counted is no reason to disturb anybody. */
  used(id: string): void;
  put(reply: QuickReply): void;
  removed(id: string): void;
}

export function createReplies(api: Api): Replies {
  const byId = signal<ReadonlyMap<string, QuickReply> | undefined>(undefined);
  const put = (reply: QuickReply): void => {
    const held = byId.peek()?.get(reply.id);
    // An answer and its event cross on the way: the newer one counts.
    if (!byId.peek() || (held && held.position > reply.position)) return;
    byId.value = new Map(byId.peek()).set(reply.id, reply);
  };
  const removed = (id: string): void => {
    const rest = new Map(byId.peek());
    if (rest.delete(id)) byId.value = rest;
  };
  const load = async (): Promise<void> => {
    const { items } = await api.get<{ items: QuickReply[] }>('/quick-replies');
    byId.value = new Map(items.map((reply) => [reply.id, reply]));
  };
  return {
    list: computed(() => byId.value && [...byId.value.values()]),
    load,
    refresh: async () => {
      if (byId.peek()) await load();
    },
    async create(scope, content) {
      const made = await api.post<QuickReply>('/quick-replies', { scope, ...content });
      put(made);
      return made;
    },
    change: async (id, content) =>
      put(await api.patch<QuickReply>(`/quick-replies/${id}`, content)),
    async remove(id) {
      await api.delete(`/quick-replies/${id}`);
      removed(id);
    },
    restore: async (id) => put(await api.post<QuickReply>(`/quick-replies/${id}/restore`, {})),
    used(id) {
      const held = byId.peek()?.get(id);
      if (held) byId.value = new Map(byId.peek()).set(id, { ...held, used: held.used + 1 });
      api.post(`/quick-replies/${id}/used`, {}).catch(() => undefined);
    },
    put,
    removed,
  };
}
