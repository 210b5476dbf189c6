// Calls in the chat, as far as every visitor of a channel with calls needs them: the buttons, and
// whether one is in a call already. The rest loads with the first call.
import { loadCallTexts } from '../call/i18n';
import * as icons from '../call/icons';
import { createRoutes } from '../call/routes';
import type { Call, CallMedia } from '../protocol/calls';
import type { ToHost } from './bridge';
import type { Client } from './client';
import { control, el } from './dom';
import type { Texts } from './i18n';

export async function startCalls(
  client: Client,
  { locale }: Texts,
  tell: (...message: ToHost) => void,
): Promise<void> {
  // There is a channel, hence a chat.
  const main = document.querySelector('.chat') as Element;
  const texts = await loadCallTexts(locale);
  const { t } = texts;
  const routes = createRoutes(client.api, '/visitor/calls');
  const place = el('div', { class: 'calls', hidden: true });
  main.querySelector('.head')?.after(place);
  let home: ReturnType<typeof loadHome> | undefined;

  async function loadHome() {
    const { createCallHome } = await import('./call-home');
    return createCallHome({ client, texts, routes, main, place, tell });
  }
  const take = async (call: Call, begun = false): Promise<void> => {
    home ??= loadHome();
    (await home).take(call, begun);
  };

  async function ask(media: CallMedia): Promise<void> {
    const buttons = main.querySelectorAll<HTMLButtonElement>('.ask');
    for (const button of buttons) button.disabled = true;
    try {
      await take(await routes.ask(media), true);
    } catch (error) {
      const { showRefused } = await import('./refused');
      showRefused(place, texts, (error as { code?: string }).code ?? 'network');
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  const { calls } = client.state.channel?.settings ?? {};
  if (calls?.visitors_may_ask) {
    main
      .querySelector('.who')
      ?.after(
        control(t('ask.audio'), icons.phone, { class: 'ask', onclick: () => ask('audio') }),
        ...(calls.video
          ? [control(t('ask.video'), icons.video, { class: 'ask', onclick: () => ask('video') })]
          : []),
      );
  }
  client.onCall = (event) => {
    if (event.type === 'call.updated') {
      // What is over needs no room, unless it is shown in one.
      if (home || event.call.state !== 'ended') take(event.call);
    } else home?.then((mine) => mine.hear(event));
  };
  // After we listen: what happens in between comes by event.
  routes.current().then(
    (call) => call && take(call),
    // The next event tells.
    () => {},
  );
}
