// The doors customers come through, as far as one may see them.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Channel } from '../../protocol/types';

export interface Channels {
  readonly list: ReadonlySignal<readonly Channel[]>;
  readonly loaded: ReadonlySignal<boolean>;
  find(id: string): Channel | undefined;
  load(): Promise<void>;
  put(channel: Channel): void;
}

export function createChannels(api: Api): Channels {
  const byId = signal<ReadonlyMap<string, Channel> | undefined>(undefined);
  return {
    list: computed(() =>
      [...(byId.value?.values() ?? [])].sort((a, b) => a.created_at - b.created_at),
    ),
    loaded: computed(() => byId.value !== undefined),
    find: (id) => byId.value?.get(id),
    async load() {
      const { items } = await api.get<{ items: Channel[] }>('/channels');
      byId.value = new Map(items.map((channel) => [channel.id, channel]));
    },
    put(channel) {
      byId.value = new Map(byId.peek()).set(channel.id, channel);
    },
  };
}
