import type { Source, Translate } from './i18n';

/** Without the plural forms of core/i18n, which few texts need. */
export function translator<S extends Source>(texts: { readonly [K in keyof S]: unknown }) {
  const t = (key: keyof S & string, params: Record<string, unknown> = {}): string =>
    String(texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => `${params[name]}`);
  return t as Translate<S>;
}
