// Calls as the desk knows them: those that go on, and those of the conversations one looked at.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { type CallRoutes, createRoutes } from '../../call/routes';
import { newer } from '../../call/view';
import type { Api } from '../../core/api';
import type { Call, CallEvent, CallMedia, CallQuality } from '../../protocol/calls';

export type KnownCall = Call & { readonly quality?: readonly CallQuality[] };

/** The room, wherever it is on the page. */
export interface CallHost {
  hear(event: CallEvent): void;
  /** `begun`: one asked for it here and goes in. */
  take(call: Call, begun: boolean): void;
  /** After a page load or a break: what one takes part in. */
  resume(): Promise<void>;
}

export interface Calls {
  readonly routes: CallRoutes;
  find(id: string): KnownCall | undefined;
  /** The one that goes on in a conversation. */
  live(conversation: string): Call | undefined;
  /** Where one takes part, or is asked to. */
  readonly here: ReadonlySignal<Call | undefined>;
  showHere(call: Call | undefined): void;
  load(conversation: string): Promise<void>;
  hear(event: CallEvent): void;
  start(conversation: string, media: CallMedia): Promise<void>;
  /** Goes in, after the server let us. */
  enter(call: Call): void;
  /** Looks what one is in. */
  resume(): void;
  attach(host: CallHost): () => void;
  clear(): void;
}

export function createCalls(api: Api): Calls {
  const routes = createRoutes(api, '/calls');
  const all = signal<ReadonlyMap<string, KnownCall>>(new Map());
  const here = signal<Call | undefined>(undefined);
  const going = computed(
    () =>
      new Map(
        [...all.value.values()]
          .filter((call) => call.state !== 'ended')
          .map((call) => [call.conversation, call]),
      ),
  );
  let host: CallHost | undefined;

  function put(calls: readonly KnownCall[]): void {
    const next = new Map(all.peek());
    for (const call of calls) {
      const held = next.get(call.id);
      // An event has no figures: those we know stay.
      next.set(call.id, { ...held, ...newer(held, call) });
    }
    all.value = next;
  }

  return {
    routes,
    here,
    find: (id) => all.value.get(id),
    live: (conversation) => going.value.get(conversation),
    showHere(call) {
      here.value = call;
    },
    async load(conversation) {
      const { items } = await api.get<{ items: KnownCall[] }>(
        `/conversations/${conversation}/calls`,
      );
      put(items);
    },
    hear(event) {
      if (event.type === 'call.updated') put([event.call]);
      host?.hear(event);
    },
    async start(conversation, media) {
      const call = await api.post<Call>(`/conversations/${conversation}/calls`, { media });
      put([call]);
      host?.take(call, true);
    },
    enter(call) {
      put([call]);
      host?.take(call, true);
    },
    resume() {
      // Without a line the next snapshot does it.
      host?.resume().catch(() => {});
    },
    attach(next) {
      host = next;
      return () => {
        if (host === next) host = undefined;
      };
    },
    clear() {
      all.value = new Map();
    },
  };
}
