// One call as one takes part in it. Knows no DOM; the room draws `state` whenever `onChange` says so.
import type { Clock } from '../core/clock';
import { ApiError } from '../core/http';
import type { Call, CallEvent, CallSlot, DrawFrame, Stroke } from '../protocol/calls';
import { type Capture, type Chosen, createCapture } from './capture';
import type { Devices } from './devices';
import { createLink, type Link } from './link';
import type { PeerMaker } from './peer';
import type { CallRoutes } from './routes';
import { type Board, createBoard, createPen, type Pen } from './strokes';
import { newer, ownPart, type Phase, phaseOf, type Who } from './view';

export interface SessionOptions {
  readonly call: Call;
  readonly who: Who;
  readonly routes: CallRoutes;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly connect: PeerMaker;
  readonly chosen: Chosen;
  onChoose(chosen: Chosen): void;
  random(): number;
  uuid(): string;
  /** By the socket. False if it has no line: the stroke is not seen live. */
  send(frame: DrawFrame): boolean;
  onChange(): void;
  /** What is drawn over this picture changed. */
  onDraw(on: string): void;
}

export interface Session {
  readonly id: string;
  readonly call: Call;
  readonly phase: Phase;
  /** The code of the last request that was refused. */
  readonly failure: string | undefined;
  /** It is taken part in here, and not in another window. */
  readonly entered: boolean;
  /** A request of ours is on its way: buttons wait. */
  readonly busy: boolean;
  readonly link: Link;
  readonly capture: Capture;
  readonly board: Board;
  readonly pen: Pen;
  readonly routes: CallRoutes;
  readonly who: Who;
  hear(event: CallEvent): void;
  take(call: Call): void;
  /** Goes in: at once, or again after a reload. */
  enter(): void;
  accept(video: boolean): Promise<void>;
  decline(): Promise<void>;
  hangUp(): Promise<void>;
  consent(agreed: boolean): Promise<void>;
  mute(muted: boolean): void;
  setCamera(on: boolean): Promise<void>;
  setScreen(on: boolean): Promise<void>;
  /** Any other request about it; what is refused becomes `failure`. */
  run(ask: (routes: CallRoutes, id: string) => Promise<unknown>): Promise<boolean>;
  forgive(): void;
  /** Lets everything go without a word to the server. */
  stop(): void;
}

export function createSession(options: SessionOptions): Session {
  const { who, routes, clock, onChange } = options;
  let { call } = options;
  const { id } = call;
  let entered = false;
  /** Answered here: its event may be faster than its answer, and must not look like another window's. */
  let answering = false;
  let leaving = false;
  let stopped = false;
  let failure: string | undefined;
  let pending = 0;
  let told = '';
  let withVideo = call.media === 'video';

  const capture = createCapture({
    devices: options.devices,
    chosen: options.chosen,
    onChoose: options.onChoose,
    put: (source, track) => link.put(source, track),
    onChange() {
      tell();
      onChange();
    },
  });
  const link = createLink({
    call: id,
    routes,
    clock,
    connect: options.connect,
    random: options.random,
    onChange() {
      tell();
      onChange();
    },
    onRefused: (error) => look(error),
  });
  const board = createBoard(clock, options.onDraw);
  const pen = createPen({
    clock,
    uuid: options.uuid,
    show(stroke) {
      const leg = link.leg ?? '';
      board.take(leg, stroke);
      options.send({ type: 'call.draw', call: id, leg, stroke });
    },
    keep: (stroke: Stroke) => void routes.stroke(id, stroke).catch(() => {}),
  });

  /** Our switches, to the others; not those that going away turns off. */
  function tell(): void {
    if (!link.leg || leaving || stopped) return;
    const state = {
      muted: capture.muted || !capture.mic,
      camera: !!capture.camera,
      screen: !!capture.screen,
    };
    const said = link.leg + JSON.stringify(state);
    if (said === told) return;
    told = said;
    routes.state(id, state).catch(() => {
      told = '';
    });
  }

  /** It has no place for us: perhaps it is over and the event is on its way. */
  async function look(error: ApiError): Promise<void> {
    const now = await (who === 'customer' ? routes.current() : routes.get(id)).catch(
      () => undefined,
    );
    if (now) take(now);
    if (phaseOf(call, who) === 'inside') fail(error);
  }

  function fail(error: unknown): void {
    failure = error instanceof ApiError ? error.code : 'network';
    onChange();
  }

  function take(next: Call): void {
    if (next.id !== id || stopped) return;
    call = newer(call, next);
    const phase = phaseOf(call, who);
    if (phase === 'ended') stop();
    else if (entered) devices();
    for (const part of call.participants) if (part.state === 'left') board.forget(part.leg);
    onChange();
  }

  /** Who only listens gives nothing; who may speak from now on is asked for a microphone. */
  function devices(): void {
    const role = ownPart(call, who)?.role;
    if (role === 'listens' || capture.mic || capture.problem) return;
    capture.open({ audio: true, video: withVideo && role === 'talks' && !capture.camera });
  }

  function enter(): void {
    if (entered || stopped) return;
    entered = true;
    link.start();
    devices();
    onChange();
  }

  async function run(ask: (routes: CallRoutes, id: string) => Promise<unknown>) {
    pending++;
    failure = undefined;
    onChange();
    try {
      const next = await ask(routes, id);
      if (isCall(next)) take(next);
      return true;
    } catch (error) {
      fail(error);
      return false;
    } finally {
      pending--;
      onChange();
    }
  }

  function stop(): void {
    if (stopped) return;
    stopped = true;
    link.stop();
    capture.stop();
  }

  async function askDevices(video: boolean): Promise<void> {
    await capture.open({ audio: !capture.mic, video });
  }

  return {
    id,
    who,
    routes,
    link,
    capture,
    board,
    pen,
    get call() {
      return call;
    },
    get phase() {
      return phaseOf(call, who);
    },
    get failure() {
      return failure;
    },
    get entered() {
      return entered || answering;
    },
    get busy() {
      return pending > 0;
    },
    hear(event) {
      if (event.type === 'call.updated') take(event.call);
      else if (event.call !== id) return;
      else if (event.type === 'call.slots') {
        if (event.leg === link.leg) link.hear(event.slots);
      }
      // Our own come back to us, late.
      else if (event.leg !== link.leg) board.take(event.leg, event.stroke);
    },
    take,
    enter,
    async accept(video) {
      withVideo = video;
      // Together with the click, which browsers want, and while the server is asked.
      const opening = askDevices(video);
      answering = true;
      const taken = await run((ask) => ask.accept(id));
      answering = false;
      if (taken) enter();
      else if (phaseOf(call, who) !== 'inside') capture.stop();
      await opening;
    },
    async decline() {
      await run((ask) => ask.decline(id));
    },
    async hangUp() {
      const outgoing = phaseOf(call, who) === 'outgoing';
      leaving = true;
      // The light of the camera goes out with the click, whatever the network does.
      capture.stop();
      await run((ask) => (outgoing ? ask.cancel(id) : ask.hangUp(id)));
      stop();
      onChange();
    },
    async consent(agreed) {
      await run((ask) => ask.consent(id, agreed));
    },
    mute: capture.mute,
    async setCamera(on) {
      withVideo = on;
      if (on) await askDevices(true);
      else capture.stopCamera();
    },
    async setScreen(on) {
      if (on) await capture.share();
      else capture.stopShare();
    },
    run,
    forgive() {
      failure = undefined;
      onChange();
    },
    stop,
  };
}

/** Some requests answer with the call as it is now, others with nothing. */
const isCall = (answer: unknown): answer is Call =>
  typeof answer === 'object' && answer !== null && 'participants' in answer;

/** The pictures of a slot as one draws on them: `leg_7/camera`, `leg_7/screen`. */
export const pictureOf = (slot: Pick<CallSlot, 'leg'>, screen: boolean): string =>
  `${slot.leg}/${screen ? 'screen' : 'camera'}`;
