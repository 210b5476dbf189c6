import type { I18n, Locale, Source, Translate } from '../../core/i18n';
import type { Dict, English } from './en';

export type Texts = I18n<English>;

// One chunk per language: nobody downloads the other two.
const dictionaries: Record<Locale, () => Promise<{ default: Dict }>> = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh-CN'),
  'zh-TW': () => import('./zh-TW'),
};

/** Without the plural forms of core/i18n: no text of the chat needs one. */
export function translator<S extends Source>(texts: { readonly [K in keyof S]: unknown }) {
  const t = (key: keyof S & string, params: Record<string, unknown> = {}): string =>
    String(texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => `${params[name]}`);
  return t as Translate<S>;
}

export async function loadTexts(locale: Locale): Promise<Texts> {
  return { locale, t: translator<English>((await dictionaries[locale]()).default) };
}
