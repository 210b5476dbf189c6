// The row of pens.
import {
  penBlueLight,
  penGreenLight,
  penRedLight,
  penWhiteLight,
  penYellowLight,
} from 'virtual:tokens/call';
import type { StrokeTool } from '../protocol/calls';
import { control, el, set } from '../ui/dom';
import type { CallTexts } from './i18n';
import * as icons from './icons';
import type { Drawing } from './layer';
import type { Pen } from './strokes';

const tools = [
  ['pen', icons.pen],
  ['arrow', icons.arrow],
  ['box', icons.box],
  ['text', icons.letters],
  ['pointer', icons.pointer],
] as const satisfies readonly (readonly [StrokeTool, string])[];

export const colours = [
  ['red', penRedLight],
  ['yellow', penYellowLight],
  ['green', penGreenLight],
  ['blue', penBlueLight],
  ['white', penWhiteLight],
] as const;

export interface Tools {
  readonly node: HTMLElement;
  draw(): void;
}

interface ToolsOptions {
  readonly texts: CallTexts;
  readonly drawing: Drawing;
  readonly pen: Pen;
  /** The picture under the pen. */
  on(): string;
  /** Nobody points at a picture that only one sees. */
  readonly pointer: boolean;
  /** Undefined: what is drawn on stands still anyway. */
  frozen?(): boolean;
  changed(): void;
}

export function createTools(options: ToolsOptions): Tools {
  const { texts, drawing, pen, on, frozen, changed } = options;
  const { t } = texts;
  const buttons = tools
    .filter(([tool]) => options.pointer || tool !== 'pointer')
    .map(([tool, sign]) => {
      const choose = (): void => {
        drawing.tool = tool;
        changed();
      };
      return [tool, control(t(`draw.${tool}`), sign, { onclick: choose })] as const;
    });
  const inks = colours.map(([name, colour]) => {
    const choose = (): void => {
      drawing.colour = colour;
      changed();
    };
    const dot = el('i');
    dot.style.background = colour;
    const label = t(`colour.${name}`);
    const props = { type: 'button', class: 'call-colour', 'aria-label': label, title: label };
    return [colour, el('button', { ...props, onclick: choose }, dot)] as const;
  });
  const still =
    frozen &&
    control(t('draw.freeze'), icons.freeze, {
      onclick: () => {
        pen.freeze(on(), !frozen());
        changed();
      },
    });
  const back = control(t('draw.undo'), icons.undo, {
    onclick: () => {
      pen.undo();
      changed();
    },
  });
  const clear = control(t('draw.clear'), icons.trash, {
    onclick: () => {
      pen.clear(on());
      changed();
    },
  });
  const node = el(
    'div',
    { class: 'call-tools', role: 'toolbar', 'aria-label': t('draw.tools') },
    ...buttons.map(([, button]) => button),
    el('span', { class: 'call-gap' }),
    ...inks.map(([, button]) => button),
    el('span', { class: 'call-gap' }),
    still,
    back,
    clear,
  );

  return {
    node,
    draw() {
      for (const [tool, button] of buttons)
        set(button, { 'aria-pressed': `${tool === drawing.tool}` });
      for (const [colour, button] of inks) {
        set(button, { 'aria-pressed': `${colour === drawing.colour}` });
      }
      if (still) set(still, { 'aria-pressed': `${frozen?.()}` });
      set(back, { disabled: !pen.canUndo });
    },
  };
}
