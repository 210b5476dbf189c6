import type { I18n, Locale } from '../../core/i18n';
import { translator } from '../../core/translator';
import type { Dict, English } from './en';

export type CallTexts = I18n<English>;

// One chunk per language: nobody downloads the other two.
const dictionaries: Record<Locale, () => Promise<{ default: Dict }>> = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh-CN'),
  'zh-TW': () => import('./zh-TW'),
};

export const loadCallTexts = async (locale: Locale): Promise<CallTexts> => ({
  locale,
  t: translator<English>((await dictionaries[locale]()).default),
});
