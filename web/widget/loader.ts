// What a customer's page includes: <script src="https://…/widget.js" data-channel="…" async>.
// Before the visitor opens the chat it is a button and nothing else: no request, no storage, no
// cookie, no frame. It must survive any page: hostile CSS, a strict policy, a replaced <body>.
import { accentLight, onAccentDark, onAccentLight } from 'virtual:tokens';
import { isLight } from '../core/colour';
import type { Identity, Look, ToFrame, ToHost } from './bridge';
import styles from './loader.css?inline';

type Call = [method: string, ...args: unknown[]];

function start(script: HTMLScriptElement): void {
  const global = window as unknown as { Parlor?: Call[] & { open?: unknown } };
  const early = global.Parlor;
  // Included twice.
  if (early?.open) return;

  const { channel, color, position, label, locale } = script.dataset;
  const origin = new URL(script.src).origin;
  const lang = locale || document.documentElement.lang || navigator.language;
  const name = label || (/^(zh|yue)/i.test(lang) ? '客服' : 'Chat');

  const make = <K extends keyof HTMLElementTagNameMap>(tag: K, parent: Node) => {
    const element = document.createElement(tag);
    parent.appendChild(element);
    return element;
  };
  const host = document.createElement('parlor-chat');
  const root = host.attachShadow({ mode: 'open' });
  const place = make('div', root);
  const button = make('button', place);
  make('i', button);
  const words = make('span', button);
  const badge = make('b', button);
  const aria = (name: string, value: string): void => button.setAttribute(`aria-${name}`, value);

  if ('adoptedStyleSheets' in root) {
    // Constructed sheets need no permission from the page's policy.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
  } else make('style', root).textContent = styles;

  let opened = false;
  let frame: HTMLIFrameElement | undefined;
  let port: MessagePort | undefined;
  let look: Look | undefined;
  let user: Identity | undefined;
  let told = '';

  /** What the page says goes before what the server says. */
  function dress(): void {
    const ground =
      [color, look?.colour].find((value) => /^#[\da-f]{6}$/i.test(value ?? '')) ?? accentLight;
    place.style.setProperty('--c', ground);
    place.style.setProperty('--o', isLight(ground) ? onAccentDark : onAccentLight);
    place.className = `p ${position || look?.position} ${opened ? 'open' : ''}`;
    words.textContent = label || look?.launcher_label || '';
  }

  // As DOM events: a listener's mistake is reported as the page's and stops nobody else.
  const emit = (event: string, detail?: unknown): boolean =>
    host.dispatchEvent(new CustomEvent(event, { detail }));

  const say = (...message: ToFrame): void => port?.postMessage(message);

  function tellPage(): void {
    const now = location.href + document.title;
    if (now !== told) say('page', location.href, document.title, document.referrer);
    if (port) told = now;
  }

  function hear({ data }: MessageEvent<ToHost>): void {
    const [what, detail] = data;
    if (what === 'close' || what === 'open') {
      api[what]();
      return;
    }
    if (what === 'ready') {
      look = detail;
      dress();
    }
    if (what === 'unread') {
      badge.textContent = detail ? `${detail}` : '';
      aria('label', detail ? `${name} (${detail})` : name);
    }
    emit(what, detail);
  }

  function createFrame(): void {
    frame = make('iframe', place);
    frame.title = name;
    frame.allow = 'camera;microphone;display-capture;fullscreen;picture-in-picture';
    frame.src = `${origin}/c/${channel}?embed=1#${new URLSearchParams({ ...script.dataset, lang })}`;
    frame.onload = () => {
      const pipe = new MessageChannel();
      port = pipe.port1;
      port.onmessage = hear;
      frame?.contentWindow?.postMessage('parlor', origin, [pipe.port2]);
      told = '';
      tellPage();
      if (user) say('identify', user);
      say('open', opened);
    };
    // Frameworks wrap the history in their own ways, and set the title later: looking is surer
    // than listening, and leaves the page's functions alone.
    setInterval(tellPage, 1000);
  }

  function toggle(open: boolean): void {
    if (open === opened) return;
    opened = open;
    if (!frame) createFrame();
    aria('expanded', `${open}`);
    dress();
    tellPage();
    say('open', open);
    if (open) frame?.focus();
    else button.focus();
    emit(open ? 'open' : 'close');
  }

  const api = {
    open: () => toggle(true),
    close: () => toggle(false),
    toggle: () => toggle(!opened),
    identify(identity: Identity) {
      user = { ...user, ...identity };
      say('identify', user);
    },
    on: (event: string, run: EventListener) => host.addEventListener(event, run),
    off: (event: string, run: EventListener) => host.removeEventListener(event, run),
    push: ([method, ...args]: Call) =>
      (api as unknown as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args),
  };

  dress();
  aria('label', name);
  aria('expanded', 'false');
  button.onclick = api.toggle;
  root.addEventListener('keydown', (event) => {
    if ((event as KeyboardEvent).key === 'Escape') api.close();
  });
  // Beside <body>, not in it: some frameworks replace it.
  document.documentElement.appendChild(host);
  global.Parlor = api as never;
  early?.forEach(api.push);
}

start(document.currentScript as HTMLScriptElement);
