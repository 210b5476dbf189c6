import { describe, expect, it } from 'vitest';
import { locales, type Message, type Source } from '../core/i18n';

// The types already ask for every key; this also compares what types cannot see.
const modules = import.meta.glob<{ default: Source }>('../*/{i18n,rare}/{en,zh-CN,zh-TW}.ts', {
  eager: true,
});

const forms = (message: Message): string[] =>
  typeof message === 'string' ? [message] : Object.values(message);

const placeholders = (text: string): string[] =>
  [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name ?? ''))].sort();

describe.each(['call/i18n', 'widget/i18n', 'widget/rare', 'console/i18n'])('%s', (app) => {
  const dictionary = (locale: string): Source => modules[`../${app}/${locale}.ts`]?.default ?? {};
  const english = dictionary('en');

  it.each(locales)('%s has every key and no other', (locale) => {
    expect(Object.keys(dictionary(locale)).sort()).toEqual(Object.keys(english).sort());
  });

  it.each(locales)('%s uses the placeholders of the English text', (locale) => {
    for (const [key, message] of Object.entries(dictionary(locale))) {
      const expected = new Set(forms(english[key] ?? '').flatMap(placeholders));
      for (const text of forms(message)) {
        expect(text.trim(), key).not.toBe('');
        const found = placeholders(text);
        // "one" may spell the number out; the form for everything else may leave nothing out.
        const allowed = typeof message === 'string' ? [...expected] : found;
        expect(found, key).toEqual([...allowed].sort());
        for (const name of found) expect([...expected], key).toContain(name);
      }
      if (typeof message !== 'string') {
        expect(placeholders(message.other), key).toEqual([...expected].sort());
      }
    }
  });
});
