// The site's colour, applied to the tokens; loaded where it is another than ours. Everything derived
// stays readable: see core/colour.ts.
import {
  onAccentDark,
  onAccentLight,
  surface2Dark,
  surface2Light,
  textDark,
  textLight,
} from 'virtual:tokens/look';
import { hex, isLight, mix, parseColour, towards } from '../core/colour';

const root = document.documentElement;
const system = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

function paint(colour: string): void {
  const accent = parseColour(colour);
  if (!accent) return;
  const { theme } = root.dataset;
  const dark = theme ? theme === 'dark' : system().matches;
  const known = (text: string) => parseColour(text) ?? accent;
  const end = known(dark ? textDark : textLight);
  const ground = known(dark ? surface2Dark : surface2Light);
  const shown = hex(towards(accent, end, ground, 3));
  const say = (name: string, value: string): void => root.style.setProperty(`--${name}`, value);
  say('accent', shown);
  say('focus', shown);
  say('on-accent', isLight(shown) ? onAccentDark : onAccentLight);
  say('accent-soft', hex(mix(ground, accent, 0.1)));
  say('accent-text', hex(towards(accent, end, mix(ground, accent, 0.1), 4.6)));
}

/** Now, and again when the system goes dark. */
export function applyColour(colour: string): void {
  paint(colour);
  // Not addEventListener: Safari 13 has only this.
  system().onchange = () => paint(colour);
}
