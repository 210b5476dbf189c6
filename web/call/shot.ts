// A photograph of a picture in its full size: annotated here, sent into the conversation.
import { el } from '../ui/dom';
import { systemClock } from './clock';
import type { CallTexts } from './i18n';
import { createLayer, type Drawing } from './layer';
import { paint } from './paint';
import { type Board, createBoard, createPen, type Drawn } from './strokes';
import { colours, createTools } from './tools';

export interface ShotOptions {
  readonly texts: CallTexts;
  /** What stands still, or runs. */
  readonly source: HTMLVideoElement | HTMLCanvasElement;
  readonly strokes: readonly Drawn[];
  readonly uuid: () => string;
  send(file: Blob): Promise<void>;
  onClose(): void;
}

const here = 'shot';

export function createShot(options: ShotOptions): HTMLElement {
  const { texts, source } = options;
  const { t } = texts;
  const size =
    source instanceof HTMLVideoElement
      ? { width: source.videoWidth, height: source.videoHeight }
      : { width: source.width, height: source.height };
  const picture = el('canvas', { class: 'call-still', role: 'img', 'aria-label': t('shot.title') });
  Object.assign(picture, size);
  picture.getContext('2d')?.drawImage(source, 0, 0);

  const drawing: Drawing = { tool: 'pen', colour: colours[0][1] };
  const board: Board = createBoard(systemClock, () => layer.draw());
  const pen = createPen({
    clock: systemClock,
    uuid: options.uuid,
    show: (stroke) => {
      board.take('own', stroke);
      tools.draw();
    },
    keep: () => {},
  });
  // What was drawn over the live picture comes along, and can be taken away.
  for (const { leg, stroke } of options.strokes) board.take(leg, { ...stroke, on: here });
  const layer = createLayer({ board, pen, drawing, texts, size: () => size });
  layer.on = here;
  const tools = createTools({
    texts,
    drawing,
    pen,
    on: () => here,
    pointer: false,
    changed: () => {
      tools.draw();
      layer.draw();
    },
  });

  const problem = el('p', { class: 'call-problem', role: 'alert' });
  const send = el('button', { type: 'button', class: 'call-button primary' }, t('shot.send'));
  const cancel = el('button', { type: 'button', class: 'call-button' }, t('cancel'));
  const node = el(
    'div',
    { class: 'call-shot', role: 'dialog', 'aria-label': t('shot.title') },
    el('h2', {}, t('shot.title')),
    el('div', { class: 'call-main' }, picture, layer.node),
    tools.node,
    problem,
    el('div', { class: 'call-choice' }, cancel, send),
  );

  function close(): void {
    layer.stop();
    node.remove();
    options.onClose();
  }

  async function submit(): Promise<void> {
    send.disabled = true;
    problem.textContent = '';
    const context = picture.getContext('2d');
    if (context) paint(context, board.of(here), size.width, size.height);
    const file = await new Promise<Blob | null>((done) => picture.toBlob(done, 'image/jpeg', 0.92));
    try {
      if (!file) throw new Error('no picture');
      await options.send(file);
      close();
    } catch {
      problem.textContent = t('shot.failed');
      send.disabled = false;
    }
  }

  send.onclick = submit;
  cancel.onclick = close;
  node.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') close();
  };
  tools.draw();
  queueMicrotask(() => send.focus());
  return node;
}
