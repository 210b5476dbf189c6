// The pictures on the screen: one large with a glass over it, the others beside.
import { el } from '../ui/dom';
import type { CallTexts } from './i18n';
import { createLayer, type Drawing, type Layer } from './layer';
import type { Session } from './session';
import { large, type Picture, pictures } from './stage';
import { createTile, type Tile } from './tile';
import { ownPart } from './view';

export interface Scene {
  readonly node: HTMLElement;
  readonly layer: Layer;
  /** What is large now. */
  readonly main: { picture: Picture; tile: Tile } | undefined;
  /** The browser plays no sound before a click. */
  readonly silenced: boolean;
  hearAll(): void;
  draw(): void;
  drawn(on: string): void;
  /** Marks who speaks; a few times a second. */
  listen(): void;
  stop(): void;
}

const loudFrom = 0.02;

export function createScene(
  session: Session,
  texts: CallTexts,
  drawing: Drawing,
  changed: () => void,
): Scene {
  const { t } = texts;
  const tiles = new Map<string, Tile>();
  const sounds = new Map<number, HTMLAudioElement>();
  const strip = el('div', { class: 'call-strip' });
  const main = el('div', { class: 'call-main' });
  let shown: Scene['main'];
  let picked: string | undefined;
  let silenced = false;
  const layer = createLayer({
    board: session.board,
    pen: session.pen,
    drawing,
    texts,
    size: () => ({
      width: shown?.tile.video.videoWidth ?? 0,
      height: shown?.tile.video.videoHeight ?? 0,
    }),
  });
  main.append(layer.node);

  const trackOf = (picture: Picture): MediaStreamTrack | undefined => {
    const { capture, link } = session;
    if (picture.own) return picture.screen ? capture.screen : capture.camera;
    return picture.slot === undefined ? undefined : link.peer?.slots[picture.slot]?.video;
  };

  const nameOf = (picture: Picture): string => {
    const name = picture.own ? t('you') : (picture.name ?? t('somebody'));
    return picture.screen ? t('screenOf', { name }) : name;
  };

  function tileOf(key: string): Tile {
    const held = tiles.get(key);
    if (held) return held;
    const tile = createTile(texts, () => {
      picked = key;
      draw();
      changed();
    });
    // Its shape is known only now.
    tile.video.onresize = layer.draw;
    tiles.set(key, tile);
    return tile;
  }

  /** Sound has its own elements: it goes on whatever happens to a picture. */
  function sound(): void {
    const { link } = session;
    link.peer?.slots.forEach(({ audio }, slot) => {
      if (!audio) return;
      const player = sounds.get(slot) ?? new Audio();
      sounds.set(slot, player);
      const stream = player.srcObject as MediaStream | null;
      if (stream?.getAudioTracks()[0] === audio) return;
      player.srcObject = new MediaStream([audio]);
      player.play().then(
        () => {},
        (error: { name?: string }) => {
          if (error.name !== 'NotAllowedError') return;
          silenced = true;
          changed();
        },
      );
    });
  }

  function draw(): void {
    const { capture, link, call, board } = session;
    const muted = (leg: string): boolean =>
      call.participants.some((part) => part.leg === leg && part.muted);
    const all = pictures(link.slots, muted, {
      leg: link.leg,
      camera: !!capture.camera,
      screen: !!capture.screen,
      muted: capture.muted || !capture.mic,
      listens: ownPart(call, session.who)?.role === 'listens',
    });
    const biggest = large(all, picked, (key) => board.of(key).length > 0 || board.frozen(key));
    for (const [key, tile] of tiles) {
      if (all.some((picture) => picture.key === key)) continue;
      tile.video.srcObject = null;
      tile.node.remove();
      tiles.delete(key);
    }
    for (const picture of all) {
      const tile = tileOf(picture.key);
      const isLarge = picture === biggest;
      const home = isLarge ? main : strip;
      if (tile.node.parentNode !== home) home.insertBefore(tile.node, isLarge ? layer.node : null);
      tile.show(picture, trackOf(picture), {
        large: isLarge,
        frozen: board.frozen(picture.key),
        // What is drawn, and words on paper, must not be read backwards.
        mirror:
          picture.own &&
          !picture.screen &&
          !isLarge &&
          capture.facing === 'user' &&
          !board.of(picture.key).length,
        name: nameOf(picture),
      });
    }
    shown = biggest && { picture: biggest, tile: tileOf(biggest.key) };
    layer.on = biggest?.key ?? '';
    layer.node.hidden = !biggest?.shown;
    strip.hidden = !strip.childElementCount;
    sound();
    layer.draw();
  }

  return {
    node: el('div', { class: 'call-scene' }, main, strip),
    layer,
    get main() {
      return shown;
    },
    get silenced() {
      return silenced;
    },
    hearAll() {
      silenced = false;
      for (const player of sounds.values()) player.play().catch(() => {});
    },
    draw,
    drawn(on) {
      // Another picture may be the large one now, and what was frozen may run.
      if (on !== layer.on || session.board.frozen(on) !== !shown?.tile.still.hidden) draw();
      else layer.draw();
    },
    listen() {
      const { peer, slots } = session.link;
      for (const { slot, leg } of slots) {
        tiles.get(`${leg}/camera`)?.loud((peer?.loudness(slot) ?? 0) > loudFrom);
      }
    },
    stop() {
      layer.stop();
      for (const { video } of tiles.values()) video.srcObject = null;
      for (const player of sounds.values()) player.srcObject = null;
    },
  };
}
