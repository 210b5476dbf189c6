// A call in the chat: over it, or small above it to go on writing.
import { createHome, type Home } from '../call/home';
import type { CallTexts } from '../call/i18n';
import type { CallRoutes } from '../call/routes';
import { partner } from '../call/view';
import { uuidMaker } from '../core/uuid';
import type { ToHost } from './bridge';
import sheet from './calls.css?url';
import type { Client } from './client';
import { el } from './dom';

interface CallHomeOptions {
  readonly client: Client;
  readonly texts: CallTexts;
  readonly routes: CallRoutes;
  readonly main: Element;
  readonly place: HTMLElement;
  tell(...message: ToHost): void;
}

/** The sheet first: without it the room would jump. */
const dressed = new Promise<unknown>((done) => {
  const link = el('link', { rel: 'stylesheet', href: sheet });
  link.onload = link.onerror = done;
  document.head.append(link);
});

export async function createCallHome(options: CallHomeOptions): Promise<Home> {
  const { client, texts, main, place, tell } = options;
  const { state } = client;
  let small = false;
  await dressed;

  function dress(): void {
    const room = !place.hidden && home.room;
    main.classList.toggle('in-call', !!room && !small);
    place.classList.toggle('small', small);
    home.room?.small(small);
  }

  const home = createHome({
    who: 'customer',
    routes: options.routes,
    texts,
    local: () => localStorage,
    tab: () => sessionStorage,
    uuid: uuidMaker(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    send: client.say,
    sound: () => client.memory.sound ?? state.channel?.settings.sound ?? true,
    title: (call) => partner(call, 'customer')?.name || state.channel?.organisation || '',
    from: () => state.channel?.organisation ?? '',
    async sendPicture(_, blob) {
      await client.send({ text: '', files: [{ name: 'call.jpg', type: blob.type, blob }] });
      small = true;
      dress();
    },
    show(what, node) {
      place.hidden = !node;
      place.dataset.shown = what;
      place.replaceChildren(...(node ? [node] : []));
      if (what === 'nothing') small = false;
      // Behind a closed chat nobody would see it ring.
      if (what === 'ring') tell('open');
      queueMicrotask(dress);
    },
    onChange: () => {},
    onSmall() {
      small = !small;
      dress();
    },
  });
  return home;
}
