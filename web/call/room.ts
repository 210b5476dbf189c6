// The room of a call: head, pictures, switches. The same in the visitor's chat and at the agent's
// desk; draws the session's state and knows nothing of where it is shown.
import { control, el, icon, set } from '../ui/dom';
import { createBar } from './bar';
import { systemClock } from './clock';
import { createDevicePanel, type DevicePanel } from './device-panel';
import type { CallTexts } from './i18n';
import * as icons from './icons';
import type { Drawing } from './layer';
import { createNotes } from './notes';
import { createScene } from './scene';
import type { Session } from './session';
import { createShot } from './shot';
import { ring } from './sound';
import { colours, createTools } from './tools';
import { endKey, lasted, others, ownPart, talked } from './view';

export interface RoomOptions {
  readonly session: Session;
  readonly texts: CallTexts;
  /** Whom it is with. */
  title(): string;
  readonly uuid: () => string;
  readonly sound: boolean;
  /** Into the conversation. */
  sendPicture(file: Blob): Promise<void>;
  /** Smaller, to go on chatting; or back. */
  onSmall(): void;
  /** It is over and was read. */
  onClose(): void;
}

export interface Room {
  readonly node: HTMLElement;
  /** For switches of the home. */
  readonly actions: HTMLElement;
  small(small: boolean): void;
  draw(): void;
  drawn(on: string): void;
  stop(): void;
}

const listenMs = 250;
const closeMs = 8_000;

export function createRoom(options: RoomOptions): Room {
  const { session, texts } = options;
  const { t } = texts;
  const drawing: Drawing = { tool: undefined, colour: colours[0][1] };
  const scene = createScene(session, texts, drawing, () => draw());
  const tools = createTools({
    texts,
    drawing,
    pen: session.pen,
    on: () => scene.layer.on,
    pointer: true,
    frozen: () => session.board.frozen(scene.layer.on),
    changed: () => draw(),
  });
  const notes = createNotes(session, texts, scene);
  const actions = el('span', { class: 'call-actions' });
  let panel: DevicePanel | undefined;
  let shot: HTMLElement | undefined;
  let isSmall = false;

  const bar = createBar({
    session,
    texts,
    scene,
    actions,
    drawing: {
      get open() {
        return drawing.tool !== undefined;
      },
      toggle() {
        drawing.tool = drawing.tool ? undefined : 'pen';
        draw();
      },
    },
    photograph,
    chooseDevices,
    fullScreen() {
      if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
      else node.requestFullscreen().catch(() => {});
    },
    async hangUp() {
      await session.hangUp();
      options.onClose();
    },
  });

  const title = el('h2', {});
  const time = el('span', { class: 'call-time' });
  const state = el('span', { class: 'call-state', role: 'status' });
  const mark = el('span', { class: 'call-mark', role: 'img' }, icon(icons.signal));
  const recording = el('span', { class: 'call-rec' }, icon(icons.record), el('span', {}, t('rec')));
  const smaller = control(t('smaller'), icons.down, { class: 'call-x', onclick: options.onSmall });
  const head = el(
    'header',
    { class: 'call-head' },
    el('div', { class: 'call-title' }, title, el('p', {}, time, state)),
    recording,
    mark,
    smaller,
  );
  const over = el('div', { class: 'call-over', hidden: true });
  const node = el(
    'section',
    { class: 'call', 'aria-label': t('room') },
    head,
    notes.node,
    scene.node,
    over,
    tools.node,
    bar.node,
  );
  const listening = setInterval(() => {
    clock();
    scene.listen();
  }, listenMs);
  let hush: (() => void) | undefined;

  document.addEventListener('fullscreenchange', draw);

  node.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.target as Element).closest('input, select, textarea')) return;
    const run = {
      m: () => session.capture.mute(!session.capture.muted),
      c: () => session.setCamera(!session.capture.camera),
      d: () => {
        drawing.tool = drawing.tool ? undefined : 'pen';
      },
    }[event.key.toLowerCase()];
    // The keys of the page around are not for who is in here.
    event.stopPropagation();
    if (event.key === 'Escape' && drawing.tool) drawing.tool = undefined;
    else run?.();
    draw();
  };

  function chooseDevices(): void {
    if (panel) {
      panel.stop();
      panel = undefined;
      return;
    }
    panel = createDevicePanel(session.capture, texts, chooseDevices);
    node.append(panel.node);
  }

  function photograph(): void {
    const main = scene.main;
    if (!main || shot) return;
    const { still, video } = main.tile;
    shot = createShot({
      texts,
      source: still.hidden ? video : still,
      strokes: session.board.of(main.picture.key),
      uuid: options.uuid,
      send: options.sendPicture,
      onClose() {
        shot = undefined;
        node.focus();
      },
    });
    node.append(shot);
  }

  function clock(): void {
    const ms = talked(session.call, systemClock.now());
    const text = ms === undefined || session.phase === 'outgoing' ? '' : lasted(ms);
    if (time.textContent !== text) time.textContent = text;
  }

  function stateWords(): string {
    const { call, phase, link, who } = session;
    if (phase === 'outgoing') return t('state.ringing');
    if (phase !== 'inside') return '';
    const role = ownPart(call, who)?.role;
    if (role === 'listens') return t('state.listening');
    if (role === 'whispers') return t('state.whispering');
    const rest = others(call, who);
    if (rest.some((part) => part.state === 'interrupted')) return t('state.theirNetwork');
    if (link.state !== 'live' || !rest.some((part) => part.state === 'joined')) {
      return t('state.connecting');
    }
    const asked = rest.find((part) => part.state === 'ringing');
    return asked ? t('state.asking', { name: asked.name ?? t('somebody') }) : '';
  }

  function showEnd(): void {
    if (!over.hidden) return;
    const ms = talked(session.call, systemClock.now());
    over.hidden = false;
    over.replaceChildren(
      el('p', { class: 'call-over-title', role: 'status' }, t(endKey(session.call, session.who))),
      el('p', {}, ms === undefined ? '' : lasted(ms)),
      el('button', { type: 'button', class: 'call-button', onclick: options.onClose }, t('close')),
    );
    panel?.stop();
    shot?.remove();
    setTimeout(options.onClose, closeMs);
  }

  function draw(): void {
    const { call, phase, link } = session;
    const ended = phase === 'ended';
    node.dataset.phase = phase;
    node.classList.toggle('small', isSmall);
    title.textContent = options.title();
    clock();
    const words = stateWords();
    if (state.textContent !== words) state.textContent = words;
    recording.hidden = call.recording.state !== 'on' && call.recording.state !== 'paused';
    recording.classList.toggle('paused', call.recording.state === 'paused');
    set(recording, { title: t(call.recording.state === 'paused' ? 'recPaused' : 'recOn') });
    mark.hidden = phase !== 'inside' || !link.mark;
    mark.dataset.mark = link.mark ?? '';
    const quality = t(`quality.${link.mark ?? 'good'}`);
    set(mark, { 'aria-label': quality, title: quality });
    set(smaller, {
      'aria-label': t(isSmall ? 'larger' : 'smaller'),
      title: t(isSmall ? 'larger' : 'smaller'),
    });
    smaller.replaceChildren(icon(isSmall ? icons.up : icons.down));
    scene.node.hidden = bar.node.hidden = notes.node.hidden = ended;
    if (!ended) scene.draw();
    if (!scene.main?.picture.shown || phase !== 'inside') drawing.tool = undefined;
    tools.node.hidden = ended || !drawing.tool;
    tools.draw();
    notes.draw();
    bar.draw();
    panel?.draw();
    if (ended) showEnd();
    if (phase !== 'outgoing') {
      hush?.();
      hush = undefined;
    } else if (options.sound) hush ??= ring(false);
  }

  return {
    node,
    actions,
    small(small) {
      isSmall = small;
      if (small) drawing.tool = undefined;
      draw();
    },
    draw,
    drawn: scene.drawn,
    stop() {
      hush?.();
      clearInterval(listening);
      document.removeEventListener('fullscreenchange', draw);
      panel?.stop();
      scene.stop();
      node.remove();
    },
  };
}
