// Where calls are shown: it rings, one is inside, one is inside elsewhere, or nothing. The same for
// the chat and the desk, which say where the elements go and whom a call is with.
import type { Call, CallEvent, DrawFrame } from '../protocol/calls';
import type { Chosen } from './capture';
import { systemClock } from './clock';
import { browserDevices } from './devices';
import { createElsewhere } from './elsewhere';
import type { CallTexts } from './i18n';
import { browserPeer } from './peer';
import { createRing, type RingCard } from './ring';
import { createRoom, type Room } from './room';
import type { CallRoutes } from './routes';
import { createSession, type Session } from './session';
import { phaseOf, type Who } from './view';

export type Shown = 'nothing' | 'ring' | 'elsewhere' | 'room';

export interface HomeOptions {
  readonly who: Who;
  readonly routes: CallRoutes;
  readonly texts: CallTexts;
  /** Functions, because even looking at them throws where they are blocked. */
  local(): Storage;
  /** Lives as long as the tab: tells a reload from another window. */
  tab(): Storage;
  readonly uuid: () => string;
  send(frame: DrawFrame): boolean;
  sound(): boolean;
  title(call: Call): string;
  from(call: Call): string;
  sendPicture(call: Call, file: Blob): Promise<void>;
  /** The element is to be put on the page; the one before has left it. */
  show(what: Shown, node: HTMLElement | undefined, session: Session | undefined): void;
  onChange(session: Session): void;
  onSmall(): void;
}

export interface Home {
  readonly session: Session | undefined;
  readonly room: Room | undefined;
  hear(event: CallEvent): void;
  /** As it is known now; `begun`: one asked for it here and goes in. */
  take(call: Call, begun?: boolean): void;
  /** After a page load: what one takes part in. */
  resume(): Promise<void>;
  stop(): void;
}

const callKey = 'parlor.call';
const devicesKey = 'parlor.devices';

export function createHome(options: HomeOptions): Home {
  const { who, routes, texts } = options;
  let session: Session | undefined;
  let room: Room | undefined;
  let ringing: RingCard | undefined;
  let shown: Shown = 'nothing';

  const read = (storage: () => Storage, key: string): string | null => {
    try {
      return storage().getItem(key);
    } catch {
      return null;
    }
  };
  const write = (storage: () => Storage, key: string, value: string): void => {
    try {
      storage().setItem(key, value);
    } catch {
      // Blocked or full: a reload then asks once more.
    }
  };

  function chosen(): Chosen {
    try {
      return JSON.parse(read(options.local, devicesKey) ?? '{}');
    } catch {
      return {};
    }
  }

  function begin(call: Call): Session {
    const made: Session = createSession({
      call,
      who,
      routes,
      clock: systemClock,
      devices: browserDevices(window),
      connect: browserPeer,
      chosen: chosen(),
      onChoose: (next) => write(options.local, devicesKey, JSON.stringify(next)),
      random: Math.random,
      uuid: options.uuid,
      send: options.send,
      onChange: () => made === session && sync(),
      onDraw: (on) => made === session && room?.drawn(on),
    });
    return made;
  }

  function change(next: Shown, node?: HTMLElement): void {
    if (next === shown) return;
    shown = next;
    if (next !== 'ring') {
      ringing?.stop();
      ringing = undefined;
    }
    if (next !== 'room') {
      room?.stop();
      room = undefined;
    }
    options.show(next, node, session);
  }

  function drop(): void {
    session?.stop();
    session = undefined;
    change('nothing');
  }

  function showRing(mine: Session): void {
    if (shown !== 'ring') {
      const { recording, consent, consent_text } = mine.call.policy;
      const notice = who === 'customer' && recording === 'always' && consent === 'notice';
      ringing = createRing({
        session: mine,
        texts,
        name: options.title(mine.call),
        from: options.from(mine.call),
        sound: options.sound(),
        notice: notice ? consent_text || texts.t('consent.notice') : '',
      });
      change('ring', ringing.node);
    }
    ringing?.draw();
  }

  function showRoom(mine: Session): void {
    if (shown !== 'room') {
      const made = createRoom({
        session: mine,
        texts,
        title: () => options.title(mine.call),
        uuid: options.uuid,
        sound: options.sound(),
        sendPicture: (file) => options.sendPicture(mine.call, file),
        onSmall: options.onSmall,
        onClose: () => mine === session && drop(),
      });
      // Those on the page first: a room measures itself.
      change('room', made.node);
      room = made;
      write(options.tab, callKey, mine.id);
      restoreStrokes(mine);
    }
    room?.draw();
  }

  /** What was drawn before we came, or before the page was loaded anew. */
  async function restoreStrokes(mine: Session): Promise<void> {
    const kept = await routes.strokes(mine.id).catch(() => []);
    for (const { leg, stroke } of kept) mine.board.take(leg, stroke);
  }

  function sync(): void {
    const mine = session;
    if (!mine) return;
    const { phase } = mine;
    if (phase === 'incoming') showRing(mine);
    else if (mine.entered) showRoom(mine);
    else if (phase === 'ended' || phase === 'outside') {
      drop();
      return;
    } else if (shown !== 'elsewhere') change('elsewhere', createElsewhere(mine, texts));
    options.onChange(mine);
  }

  function take(call: Call, begun = false): void {
    if (session?.id === call.id) {
      session.take(call);
      if (begun) session.enter();
      return;
    }
    const phase = phaseOf(call, who);
    const over = phase === 'ended' || phase === 'outside';
    // One call at a time: the server sends no second one.
    if (over || (session && session.phase !== 'ended')) return;
    session?.stop();
    change('nothing');
    session = begin(call);
    const inside = phase === 'inside' || phase === 'outgoing';
    if (begun || (inside && read(options.tab, callKey) === call.id)) session.enter();
    sync();
  }

  async function resume(): Promise<void> {
    const call = await routes.current();
    if (call) take(call);
    // What ended while we had no line.
    else if (session && session.phase !== 'ended') {
      const last = await routes.get(session.id).catch(() => undefined);
      if (last) session.take(last);
      else drop();
    }
  }

  const renew = (): void => {
    session?.link.restart();
    // What happened meanwhile.
    if (session) resume().catch(() => {});
  };
  addEventListener('online', renew);
  // Not in every browser, nor in the types.
  const network = (navigator as { connection?: EventTarget }).connection;
  network?.addEventListener?.('change', renew);

  return {
    get session() {
      return session;
    },
    get room() {
      return room;
    },
    hear(event) {
      if (event.type === 'call.updated') take(event.call);
      else session?.hear(event);
    },
    take,
    resume,
    stop() {
      removeEventListener('online', renew);
      network?.removeEventListener?.('change', renew);
      drop();
    },
  };
}
