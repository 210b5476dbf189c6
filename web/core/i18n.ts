// Our own dictionaries instead of a library: the whole of it is smaller than the smallest one,
// a missing key or a wrong placeholder is a type error, and Intl already knows plurals and dates.

export const locales = ['en', 'zh-CN', 'zh-TW'] as const;
export type Locale = (typeof locales)[number];

/** A text, or one text per plural category of the language (Chinese only has `other`). */
export type Plural = { readonly other: string } & {
  readonly [C in Exclude<Intl.LDMLPluralRule, 'other'>]?: string;
};
export type Message = string | Plural;
export type Source = Readonly<Record<string, Message>>;

/** What a translation of the English dictionary `S` must look like: every key, no other. */
export type Translation<S extends Source> = {
  readonly [K in keyof S]: S[K] extends string ? string : Plural;
};

type Placeholders<T> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

type Names<M> = M extends string ? Placeholders<M> : Placeholders<M[keyof M]> | 'count';

/** `count` chooses the plural form, hence a number; everything else is text or a number. */
type Params<M> = { [N in Names<M> & string]: N extends 'count' ? number : string | number };

type Args<M> = [Names<M>] extends [never] ? [] : [params: Params<M>];

export type Translate<S extends Source> = <K extends keyof S & string>(
  key: K,
  ...args: Args<S[K]>
) => string;

export interface I18n<S extends Source> {
  readonly locale: Locale;
  readonly t: Translate<S>;
}

/** `S` is the type of the English dictionary, whichever language `dict` is in. */
export function createI18n<S extends Source>(dict: Translation<S>, locale: Locale): I18n<S> {
  const plural = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(locale);
  const texts = dict as Source;

  const t = (key: string, params: Record<string, string | number> = {}): string => {
    const message = texts[key];
    if (message === undefined) return key;
    const text =
      typeof message === 'string'
        ? message
        : (message[plural.select(Number(params.count))] ?? message.other);
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? number.format(value) : value;
    });
  };

  return { locale, t: t as Translate<S> };
}

/** The first wish we can grant; wishes are BCP 47 tags in order of preference. */
export function negotiate(...wishes: readonly (string | null | undefined)[]): Locale {
  for (const wish of wishes) {
    const [language, ...subtags] = (wish ?? '').toLowerCase().split(/[-_]/);
    if (language === 'en') return 'en';
    if (language !== 'zh' && language !== 'yue') continue;
    if (subtags.includes('hans')) return 'zh-CN';
    const traditional = language === 'yue' || subtags.some((s) => /^(hant|tw|hk|mo)$/.test(s));
    return traditional ? 'zh-TW' : 'zh-CN';
  }
  return 'en';
}
