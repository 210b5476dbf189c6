import { createI18n, type I18n, type Locale } from '../../core/i18n';
import type { Dict, English } from './en';

export type Texts = I18n<English>;

// One chunk per language: nobody downloads the other two.
const dictionaries: Record<Locale, () => Promise<{ default: Dict }>> = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh-CN'),
  'zh-TW': () => import('./zh-TW'),
};

export async function loadTexts(locale: Locale): Promise<Texts> {
  return createI18n<English>((await dictionaries[locale]()).default, locale);
}
