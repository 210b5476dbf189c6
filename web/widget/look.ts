// The site's colour, applied to the tokens, where it is another than ours. Everything derived stays
// readable: see core/colour.ts.
import {
  onAccentDark,
  onAccentLight,
  surface2Dark,
  surface2Light,
  textDark,
  textLight,
} from 'virtual:tokens/look';
import { css, luminance, mix, parseColour, type Rgb, towards } from '../core/colour';

const root = document.documentElement;
const system = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

function paint(colour: string): void {
  const accent = parseColour(colour);
  if (!accent) return;
  const { theme } = root.dataset;
  const dark = theme ? theme === 'dark' : system().matches;
  const [end = accent, ground = accent] = (
    dark ? [textDark, surface2Dark] : [textLight, surface2Light]
  ).map(parseColour) as Rgb[];
  const shown = towards(accent, end, ground, 3);
  const soft = mix(ground, accent, 0.1);
  const say = (name: string, value: string): void => root.style.setProperty(`--${name}`, value);
  say('accent', css(shown));
  say('on-accent', luminance(shown) > 0.19 ? onAccentDark : onAccentLight);
  say('accent-soft', css(soft));
  say('accent-text', css(towards(accent, end, soft, 4.6)));
}

/** Now, and again when the system goes dark. */
export function applyColour(colour: string): void {
  paint(colour);
  // Not addEventListener: Safari 13 has only this.
  system().onchange = () => paint(colour);
}
