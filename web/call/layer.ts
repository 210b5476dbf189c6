// The glass over a picture: shows what is drawn on it, and takes the hand that draws.

import type { StrokeTool } from '../protocol/calls';
import { el } from '../ui/dom';
import type { CallTexts } from './i18n';
import { paint } from './paint';
import { fitInto } from './stage';
import type { Board, Pen, Point } from './strokes';

export interface Drawing {
  /** Undefined: the hand does nothing. */
  tool: StrokeTool | undefined;
  colour: string;
}

export interface LayerOptions {
  readonly board: Board;
  readonly pen: Pen;
  readonly drawing: Drawing;
  readonly texts: CallTexts;
  /** The picture under it, in its own pixels. */
  size(): { width: number; height: number };
}

export interface Layer {
  readonly node: HTMLElement;
  on: string;
  draw(): void;
  stop(): void;
}

const textMax = 80;

export function createLayer(options: LayerOptions): Layer {
  const { board, pen, drawing, texts } = options;
  const canvas = el('canvas', { class: 'call-ink', 'aria-hidden': 'true' });
  const node = el('div', { class: 'call-layer' }, canvas);
  let on = '';
  let waiting = false;

  const area = () =>
    fitInto({ width: node.clientWidth, height: node.clientHeight }, options.size());

  function draw(): void {
    if (waiting) return;
    // Many strokes, one painting.
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      drawNow();
    });
  }

  function drawNow(): void {
    node.dataset.tool = drawing.tool ?? '';
    const { left, top, width, height } = area();
    const scale = devicePixelRatio || 1;
    const pixels: [number, number] = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
      [canvas.width, canvas.height] = pixels;
    }
    Object.assign(canvas.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    const context = canvas.getContext('2d');
    if (!context) return;
    context.clearRect(0, 0, ...pixels);
    paint(context, board.of(on), ...pixels);
  }

  function place(event: PointerEvent): Point {
    const box = node.getBoundingClientRect();
    const { left, top, width, height } = area();
    return [
      (event.clientX - box.left - left) / (width || 1),
      (event.clientY - box.top - top) / (height || 1),
    ];
  }

  function write(at: Point): void {
    const { left, top, width, height } = area();
    const input = el('input', {
      class: 'call-write',
      maxLength: textMax,
      'aria-label': texts.t('draw.write'),
      placeholder: texts.t('draw.write'),
    });
    Object.assign(input.style, {
      left: `${left + at[0] * width}px`,
      top: `${top + at[1] * height}px`,
    });
    let done = false;
    const finish = (): void => {
      if (done) return;
      done = true;
      const text = input.value.trim();
      input.remove();
      if (!text) return;
      pen.begin(on, 'text', drawing.colour, at, text);
      pen.end();
    };
    input.onkeydown = (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === 'Escape') input.value = '';
      if (event.key === 'Enter' || event.key === 'Escape') finish();
    };
    input.onblur = finish;
    node.append(input);
    input.focus();
  }

  node.onpointerdown = (event) => {
    const { tool } = drawing;
    if (!tool || event.button !== 0 || (event.target as Element).closest('input')) return;
    event.preventDefault();
    const at = place(event);
    if (tool === 'text') {
      write(at);
      return;
    }
    node.setPointerCapture(event.pointerId);
    pen.begin(on, tool, drawing.colour, at);
    node.onpointermove = (move) => pen.move(place(move));
  };
  node.onpointerup = node.onpointercancel = () => {
    if (!node.onpointermove) return;
    node.onpointermove = null;
    pen.end();
  };

  const resized = new ResizeObserver(draw);
  resized.observe(node);

  return {
    node,
    get on() {
      return on;
    },
    set on(next) {
      if (next === on) return;
      on = next;
      draw();
    },
    draw,
    stop: () => resized.disconnect(),
  };
}
