// The people who write, as far as somebody looked at them.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Api } from '../../core/api';
import type { Conversation, Customer } from '../../protocol/types';

export type CustomerPatch = Partial<Pick<Customer, 'name' | 'email' | 'phone' | 'note'>>;

export interface Customers {
  readonly all: ReadonlySignal<ReadonlyMap<string, Customer>>;
  load(id: string): Promise<void>;
  save(id: string, patch: CustomerPatch): Promise<void>;
  updated(customer: Omit<Customer, 'online'>): void;
  deleted(id: string): void;
  setOnline(id: string, online: boolean): void;
  conversations(id: string): Promise<readonly Conversation[]>;
  clear(): void;
}

export function createCustomers(api: Api): Customers {
  const all = signal<ReadonlyMap<string, Customer>>(new Map());
  const put = (customer: Customer): void => {
    all.value = new Map(all.peek()).set(customer.id, customer);
  };
  return {
    all,
    load: async (id) => put(await api.get<Customer>(`/customers/${id}`)),
    save: async (id, patch) => put(await api.patch<Customer>(`/customers/${id}`, patch)),
    updated(customer) {
      const held = all.peek().get(customer.id);
      if (held) put({ ...customer, online: held.online });
    },
    deleted(id) {
      const next = new Map(all.peek());
      if (next.delete(id)) all.value = next;
    },
    setOnline(id, online) {
      const held = all.peek().get(id);
      if (held) put({ ...held, online });
    },
    async conversations(id) {
      return (await api.get<{ items: Conversation[] }>(`/customers/${id}/conversations`)).items;
    },
    clear() {
      all.value = new Map();
    },
  };
}
