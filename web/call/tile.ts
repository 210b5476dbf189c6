// One picture with what belongs to it: the face or the name in its place, who it is, whether muted.
import { el, icon, set } from '../ui/dom';
import type { CallTexts } from './i18n';
import * as icons from './icons';
import type { Picture } from './stage';

export interface Tile {
  readonly node: HTMLElement;
  readonly video: HTMLVideoElement;
  /** What stands still over it, if somebody froze it. */
  readonly still: HTMLCanvasElement;
  show(picture: Picture, track: MediaStreamTrack | undefined, look: Look): void;
  loud(loud: boolean): void;
}

export interface Look {
  readonly large: boolean;
  readonly frozen: boolean;
  /** As in a mirror, which is how people know themselves. */
  readonly mirror: boolean;
  readonly name: string;
}

export function createTile(texts: CallTexts, pick: () => void): Tile {
  const video = el('video', { autoplay: true, playsInline: true, muted: true });
  const still = el('canvas', { class: 'call-still', hidden: true });
  const face = el('span', { class: 'call-face', 'aria-hidden': 'true' });
  const words = el('span', { class: 'call-name' });
  const silent = el('span', { class: 'call-silent' }, icon(icons.micOff));
  const button = el('button', { type: 'button', class: 'call-pick', onclick: pick });
  const node = el(
    'div',
    { class: 'call-tile' },
    video,
    still,
    face,
    el('span', { class: 'call-label' }, silent, words),
    button,
  );
  let held: MediaStreamTrack | undefined;

  function play(track: MediaStreamTrack | undefined): void {
    if (held !== track) {
      held = track;
      video.srcObject = track ? new MediaStream([track]) : null;
    }
    // A picture without sound may always play; one that was moved on the page has stopped.
    if (track && video.paused) video.play().catch(() => {});
  }

  function freeze(frozen: boolean): void {
    if (frozen && still.hidden && video.videoWidth) {
      still.width = video.videoWidth;
      still.height = video.videoHeight;
      still.getContext('2d')?.drawImage(video, 0, 0);
    }
    still.hidden = !frozen || !still.width;
  }

  return {
    node,
    video,
    still,
    show(picture, track, { large, frozen, mirror, name }) {
      play(picture.shown ? track : undefined);
      freeze(frozen && picture.shown);
      node.className = `call-tile${large ? ' large' : ''}${picture.screen ? ' screen' : ''}${picture.own ? ' own' : ''}${mirror ? ' mirror' : ''}`;
      video.hidden = !picture.shown;
      face.hidden = picture.shown;
      face.textContent = [...name][0]?.toUpperCase() ?? '';
      words.textContent = name;
      silent.hidden = !picture.muted;
      set(silent, { title: texts.t('muted') });
      button.hidden = large;
      set(button, {
        'aria-label': texts.t('enlarge', { name }),
        title: texts.t('enlarge', { name }),
      });
    },
    loud(loud) {
      node.classList.toggle('loud', loud);
    },
  };
}
