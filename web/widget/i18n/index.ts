import type { I18n, Locale, Translate } from '../../core/i18n';
import type { Dict, English } from './en';

export type Texts = I18n<English>;

// One chunk per language: nobody downloads the other two.
const dictionaries: Record<Locale, () => Promise<{ default: Dict }>> = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh-CN'),
  'zh-TW': () => import('./zh-TW'),
};

/** Without the plural forms of core/i18n: no text here needs one. */
export async function loadTexts(locale: Locale): Promise<Texts> {
  const texts = (await dictionaries[locale]()).default as Record<string, string>;
  const t = (key: string, params: Record<string, string | number> = {}): string =>
    (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => `${params[name]}`);
  return { locale, t: t as Translate<English> };
}
