// The desk as the home of a call. A chunk of its own: it loads when the first call comes.
import { createHome, type Home, type HomeOptions } from '../../call/home';
import { loadCallTexts } from '../../call/i18n';
import { uuidMaker } from '../../core/uuid';
import { locale } from '../i18n';
import type { Desk } from '../stores/desk';
import { prefs } from '../stores/prefs';
import { callFrom, callTitle } from './names';

type View = Pick<HomeOptions, 'show' | 'onChange' | 'onSmall'>;

export async function deskHome(desk: Desk, view: View): Promise<Home> {
  return createHome({
    ...view,
    who: { user: desk.me },
    routes: desk.calls.routes,
    texts: await loadCallTexts(locale()),
    local: () => localStorage,
    tab: () => sessionStorage,
    uuid: uuidMaker(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    send: (frame) => desk.connection.send(frame),
    sound: () => prefs.peek().sound,
    title: (call) => callTitle(desk, call),
    from: (call) => callFrom(desk, call),
    async sendPicture({ conversation }, blob) {
      const files = [{ name: 'call.jpg', type: blob.type, blob }];
      await desk.outbox.add({ conversation, kind: 'text', text: '', files });
    },
  });
}
