// /c/<channel>: alone as a page, or in the loader's frame. Gives the chat its browser: clock,
// chance, storage, socket, the line to the host page.
import '../ui/tokens.css';
import '../ui/base.css';
import './chat.css';
import { accentLight } from 'virtual:tokens';
import type { Clock } from '../core/clock';
import { negotiate } from '../core/i18n';
import { uuidMaker } from '../core/uuid';
import { createWay } from '../core/way';
import type { ToFrame, ToHost } from './bridge';
import { type Chat, createChat } from './chat';
import { type Client, createClient } from './client';
import { loadTexts, type Texts } from './i18n';
import { applyColour } from './look';
import { queueStore } from './queue';

const channel = decodeURIComponent(location.pathname.split('/')[2] ?? '');
const embedded = window !== window.parent;
const wishes = new URLSearchParams(`${location.search.slice(1)}&${location.hash.slice(1)}`);

let host: MessagePort | undefined;
let open = !embedded;
let client: Client | undefined;
let chat: Chat | undefined;
let texts: Texts;

const tell = (...message: ToHost): void => host?.postMessage(message);

/** What the host page says before there is a client waits in the port. */
function listen(): void {
  if (!host || !client || !chat) return;
  const [mine, view] = [client, chat];
  host.onmessage = ({ data }: MessageEvent<ToFrame>) => {
    const [what, detail] = data;
    if (what === 'open') {
      open = detail;
      if (open) view.focus();
      watch();
    } else if (what === 'identify') mine.identify(detail);
    else mine.page(detail, data[2], data[3]);
  };
  draw();
}

// Only the page around us: the port is ours alone from then on. Which pages may be around us is the
// server's answer (frame-ancestors).
addEventListener('message', (event) => {
  if (event.source !== window.parent || event.data !== 'parlor') return;
  host = event.ports[0];
  listen();
});

function watch(): void {
  client?.look(open && document.visibilityState === 'visible' && document.hasFocus());
}

/** What the page wishes goes before what the server says. */
function look(theme: string, colour: string): void {
  const shown = wishes.get('theme') || theme;
  if (shown && shown !== 'auto') document.documentElement.dataset.theme = shown;
  const own = wishes.get('color') || colour;
  if (own && own !== accentLight) applyColour(own);
}

let unread = -1;
let ready = false;
/** Rooms that draw with the chat. */
const more: (() => void)[] = [];

function draw(): void {
  if (!client || !chat) return;
  const { state } = client;
  const settings = state.channel?.settings;
  if (settings && !ready && (host || !embedded)) {
    ready = true;
    look(settings.theme, settings.colour);
    tell('ready', settings);
    const mine = client;
    const { presence, queue } = settings.reception;
    if (settings.hours.enabled || presence || queue) {
      import('./reception').then(({ startReception }) => more.push(startReception(mine, texts)));
    }
    if (settings.prechat.enabled) {
      import('./prechat').then(({ startPrechat }) => more.push(startPrechat(mine, texts)));
    }
    if (settings.calls?.enabled) {
      import('./calls').then(({ startCalls }) => startCalls(mine, texts, tell));
    }
  }
  if (state.unread !== unread) {
    unread = state.unread;
    tell('unread', unread);
  }
  chat.draw();
  for (const drawMore of more) drawMore();
}

const clock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

async function start(): Promise<void> {
  look('', '');
  texts = await loadTexts(negotiate(wishes.get('lang'), ...navigator.languages));
  const i18n = texts;
  document.documentElement.lang = i18n.locale;
  const root = document.getElementById('app');
  if (!root) return;

  let drawing = false;
  const made = createClient({
    channel,
    locale: i18n.locale,
    base: '/api/v1',
    fetch: (input, init) => fetch(input, init),
    open: createWay({ browser: window, clock, rung: 0, misses: 0 }),
    clock,
    random: Math.random,
    uuid: uuidMaker(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    storage: () => localStorage,
    store: queueStore(() => localStorage, channel),
    uploader: async (...job) => (await import('./media')).uploader(...job),
    onChange() {
      if (drawing) return;
      // Many changes, one drawing.
      drawing = true;
      queueMicrotask(() => {
        drawing = false;
        draw();
      });
    },
    onMessage(notice) {
      tell('message', notice);
      if (made.memory.sound ?? made.state.channel?.settings.sound) {
        import('./sound').then(({ chime }) => chime());
      }
    },
  });
  client = made;
  chat = createChat(root, made, i18n, embedded ? () => tell('close') : undefined);
  for (const event of ['online', 'offline', 'pagehide', 'pageshow'] as const) {
    addEventListener(event, () => made.hint(event));
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') made.hint('visible');
    watch();
  });
  addEventListener('focus', watch);
  addEventListener('blur', watch);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') tell('close');
  });
  if (!embedded) {
    made.page(location.href.split('#')[0] ?? '', document.title, document.referrer);
    chat.focus();
  }
  listen();
  watch();
  await made.start();
}

start();
