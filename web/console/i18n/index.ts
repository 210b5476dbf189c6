import { signal } from '@preact/signals';
import { createI18n, type I18n, type Locale, negotiate } from '../../core/i18n';
import type { Dict, English } from './en';

export type Texts = I18n<English>;
export type TextKey = keyof English;

// One chunk per language: nobody downloads the other two.
const dictionaries: Record<Locale, () => Promise<{ default: Dict }>> = {
  en: () => import('./en'),
  'zh-CN': () => import('./zh-CN'),
  'zh-TW': () => import('./zh-TW'),
};

const texts = signal<Texts | undefined>(undefined);

/** A signal inside, so whatever shows a text changes with the language. */
export const t = ((...args: Parameters<Texts['t']>) =>
  texts.value?.t(...args) ?? args[0]) as Texts['t'];

export const locale = (): Locale => texts.value?.locale ?? 'en';

/** Wishes in order, the person's own setting first. */
export async function speak(...wishes: readonly (string | null | undefined)[]): Promise<void> {
  const wanted = negotiate(...wishes);
  if (texts.peek()?.locale === wanted) return;
  texts.value = createI18n<English>((await dictionaries[wanted]()).default, wanted);
  document.documentElement.lang = wanted;
}
