// The row of switches under the pictures.
import { control, el, icon, set } from '../ui/dom';
import type { CallTexts } from './i18n';
import * as icons from './icons';
import type { Scene } from './scene';
import type { Session } from './session';
import { ownPart } from './view';

export interface Bar {
  readonly node: HTMLElement;
  draw(): void;
}

interface BarOptions {
  readonly session: Session;
  readonly texts: CallTexts;
  readonly scene: Scene;
  /** The home's own switches. */
  readonly actions: HTMLElement;
  readonly drawing: { readonly open: boolean; toggle(): void };
  photograph(): void;
  chooseDevices(): void;
  fullScreen(): void;
  hangUp(): void;
}

const coarse = (): boolean => matchMedia('(pointer: coarse)').matches;

export function createBar(options: BarOptions): Bar {
  const { session, texts, scene, drawing } = options;
  const { capture } = session;
  const { t } = texts;
  /** A button whose sign changes with what it would do. */
  const toggle = (run: () => void, shortcut?: string): HTMLButtonElement =>
    el('button', {
      type: 'button',
      class: 'call-switch',
      onclick: run,
      ...(shortcut && { 'aria-keyshortcuts': shortcut }),
    });
  const say = (button: HTMLButtonElement, label: string, sign: string, pressed?: boolean): void => {
    set(button, { 'aria-label': label, title: label });
    if (pressed !== undefined) set(button, { 'aria-pressed': `${pressed}` });
    if (button.dataset.sign === sign) return;
    button.dataset.sign = sign;
    button.replaceChildren(icon(sign));
  };

  const mic = toggle(() => {
    if (capture.mic) capture.mute(!capture.muted);
    else capture.open({ audio: true, video: false });
  });
  const camera = toggle(() => session.setCamera(!capture.camera));
  const flip = toggle(() => capture.flip());
  const screen = toggle(() => session.setScreen(!capture.screen));
  const draw = toggle(drawing.toggle);
  const shot = toggle(options.photograph);
  const pip = toggle(() => {
    const video = scene.main?.tile.video;
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
    else video?.requestPictureInPicture().catch(() => {});
  });
  const full = toggle(options.fullScreen);
  const gear = toggle(options.chooseDevices);
  const end = control(t('hangUp'), icons.phone, { class: 'call-end', onclick: options.hangUp });

  return {
    node: el(
      'div',
      { class: 'call-bar', role: 'toolbar', 'aria-label': t('bar') },
      mic,
      camera,
      flip,
      screen,
      draw,
      shot,
      options.actions,
      pip,
      full,
      gear,
      end,
    ),
    draw() {
      const { call } = session;
      const role = ownPart(call, session.who)?.role;
      const inside = session.phase === 'inside';
      const seen = scene.main?.picture.shown ?? false;
      const on = !!capture.mic && !capture.muted;
      mic.hidden = role === 'listens';
      camera.hidden = role !== 'talks' || !call.policy.video;
      flip.hidden = !capture.camera || !coarse();
      screen.hidden = role !== 'talks' || !capture.canShare || !inside || coarse();
      draw.hidden = !inside || role === 'listens' || !seen;
      shot.hidden = !inside || role === 'listens' || !seen;
      pip.hidden = !seen || !document.pictureInPictureEnabled;
      full.hidden = !document.fullscreenEnabled;
      gear.hidden = role === 'listens';
      say(mic, t(on ? 'mute' : 'unmute'), on ? icons.mic : icons.micOff, !on);
      say(
        camera,
        t(capture.camera ? 'cameraOff' : 'cameraOn'),
        capture.camera ? icons.video : icons.videoOff,
        !capture.camera,
      );
      say(flip, t('flip'), icons.flip);
      say(screen, t(capture.screen ? 'unshare' : 'share'), icons.screen, !!capture.screen);
      say(draw, t('draw.open'), icons.pen, drawing.open);
      say(shot, t('shot.take'), icons.shot);
      say(pip, t('pip'), icons.pip);
      say(full, t('full'), icons.full, !!document.fullscreenElement);
      say(gear, t('devices.title'), icons.gear);
    },
  };
}
