// Which microphone and which camera, with how loud and how it looks.
import { control, el, set } from '../ui/dom';
import type { Capture } from './capture';
import type { CallTexts } from './i18n';
import * as icons from './icons';
import { levelOf } from './sound';

export interface DevicePanel {
  readonly node: HTMLElement;
  draw(): void;
  stop(): void;
}

const meterMs = 80;

export function createDevicePanel(
  capture: Capture,
  { t }: CallTexts,
  close: () => void,
): DevicePanel {
  const video = el('video', { autoplay: true, playsInline: true, muted: true });
  const level = el('div', {
    class: 'call-level',
    role: 'meter',
    'aria-label': t('devices.level'),
    'aria-valuemin': '0',
    'aria-valuemax': '100',
  });
  const bar = el('i');
  level.append(bar);
  const select = (
    label: string,
    choose: (id: string) => void,
  ): [HTMLElement, HTMLSelectElement] => {
    const field = el('select', { class: 'call-select' });
    field.onchange = () => choose(field.value);
    return [el('label', { class: 'call-field' }, el('span', {}, label), field), field];
  };
  const [micField, mic] = select(t('devices.mic'), (id) => capture.choose({ mic: id }));
  const [cameraField, camera] = select(t('devices.camera'), (id) => capture.choose({ camera: id }));
  const done = control(t('close'), icons.close, { onclick: close, class: 'call-x' });
  const node = el(
    'div',
    { class: 'call-panel', role: 'dialog', 'aria-label': t('devices.title') },
    el('header', {}, el('h2', {}, t('devices.title')), done),
    el('div', { class: 'call-preview' }, video),
    level,
    micField,
    cameraField,
  );
  node.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') close();
  };

  let meter: { track: MediaStreamTrack; read(): number; stop(): void } | undefined;
  const timer = setInterval(() => {
    const loud = meter && !capture.muted ? meter.read() : 0;
    bar.style.width = `${Math.round(loud * 100)}%`;
    set(level, { 'aria-valuenow': Math.round(loud * 100) });
  }, meterMs);

  function listen(): void {
    if (meter?.track === capture.mic) return;
    meter?.stop();
    meter = capture.mic && { track: capture.mic, ...levelOf(capture.mic) };
  }

  async function fill(): Promise<void> {
    const all = await capture.list();
    const put = (
      field: HTMLSelectElement,
      kind: MediaDeviceKind,
      held: MediaStreamTrack | undefined,
    ) => {
      const found = all.filter((device) => device.kind === kind);
      field.replaceChildren(
        ...found.map((device, i) =>
          el(
            'option',
            { value: device.deviceId },
            device.label || t('devices.number', { n: i + 1 }),
          ),
        ),
      );
      if (!found.length) field.append(el('option', {}, t('devices.none')));
      field.disabled = found.length < 2;
      const current = held?.getSettings().deviceId;
      if (found.some(({ deviceId }) => deviceId === current)) field.value = current ?? '';
    };
    put(mic, 'audioinput', capture.mic);
    put(camera, 'videoinput', capture.camera);
  }

  const unwatch = capture.watch(fill);

  function draw(): void {
    const shown = video.srcObject as MediaStream | null;
    if (shown?.getVideoTracks()[0] !== capture.camera) {
      video.srcObject = capture.camera ? new MediaStream([capture.camera]) : null;
    }
    video.hidden = !capture.camera;
    listen();
    fill();
  }
  draw();
  queueMicrotask(() => done.focus());

  return {
    node,
    draw,
    stop() {
      clearInterval(timer);
      unwatch();
      meter?.stop();
      video.srcObject = null;
      node.remove();
    },
  };
}
