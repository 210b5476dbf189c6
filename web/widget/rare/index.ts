import type { I18n, Locale } from '../../core/i18n';
import { translator } from '../../core/translator';
import en, { type RareDict, type RareEnglish } from './en';
import zhCN from './zh-CN';
import zhTW from './zh-TW';

export type RareTexts = I18n<RareEnglish>['t'];

const dictionaries: Record<Locale, RareDict> = { en, 'zh-CN': zhCN, 'zh-TW': zhTW };

export const rareTexts = (locale: Locale): RareTexts =>
  translator<RareEnglish>(dictionaries[locale]);
