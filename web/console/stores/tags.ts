// The words conversations are tagged with: all of them are here, so completion asks nobody.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Tag, TagColour } from '../../protocol/types';

export interface Tags {
  /** By name. */
  readonly list: ReadonlySignal<readonly Tag[]>;
  find(id: string): Tag | undefined;
  load(): Promise<void>;
  put(tag: Tag): void;
  removed(id: string): void;
  create(name: string, colour: TagColour): Promise<Tag>;
  change(id: string, patch: { name?: string; colour?: TagColour }): Promise<void>;
  remove(id: string): Promise<void>;
  restore(id: string): Promise<void>;
}

export const tagColours = ['grey', 'red', 'orange', 'green', 'blue', 'violet'] as const;

export function createTags(api: Api): Tags {
  const byId = signal<ReadonlyMap<string, Tag>>(new Map());
  const put = (tag: Tag): void => {
    const held = byId.peek().get(tag.id);
    if (held && held.position > tag.position) return;
    byId.value = new Map(byId.peek()).set(tag.id, tag);
  };
  const removed = (id: string): void => {
    const next = new Map(byId.peek());
    if (next.delete(id)) byId.value = next;
  };
  return {
    list: computed(() => [...byId.value.values()].sort((a, b) => a.name.localeCompare(b.name))),
    find: (id) => byId.value.get(id),
    async load() {
      const { items } = await api.get<{ items: Tag[] }>('/tags');
      byId.value = new Map(items.map((tag) => [tag.id, tag]));
    },
    put,
    removed,
    async create(name, colour) {
      const tag = await api.post<Tag>('/tags', { name, colour });
      put(tag);
      return tag;
    },
    change: async (id, patch) => put(await api.patch<Tag>(`/tags/${id}`, patch)),
    async remove(id) {
      await api.delete(`/tags/${id}`);
      removed(id);
    },
    restore: async (id) => put(await api.post<Tag>(`/tags/${id}/restore`)),
  };
}
