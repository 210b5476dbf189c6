import { describe, expect, expectTypeOf, it } from 'vitest';
import { createI18n, negotiate, type Translation } from './i18n';

const en = {
  title: 'Chat',
  hello: 'Hello, {name}!',
  waiting: { one: '{count} person ahead of you', other: '{count} people ahead of you' },
} as const;
const zh: Translation<typeof en> = {
  title: '对话',
  hello: '{name},您好!',
  waiting: { other: '前面还有 {count} 位' },
};

describe('t', () => {
  it('fills placeholders', () => {
    expect(createI18n<typeof en>(zh, 'zh-CN').t('hello', { name: '小李' })).toBe('小李,您好!');
  });

  it('chooses the plural form of the language', () => {
    const { t } = createI18n<typeof en>(en, 'en');
    expect(t('waiting', { count: 1 })).toBe('1 person ahead of you');
    expect(t('waiting', { count: 1200 })).toBe('1,200 people ahead of you');
    expect(createI18n<typeof en>(zh, 'zh-CN').t('waiting', { count: 1 })).toBe('前面还有 1 位');
  });

  it('does not interpret what a visitor typed as a placeholder', () => {
    expect(createI18n<typeof en>(en, 'en').t('hello', { name: '{name} $& {title}' })).toBe(
      'Hello, {name} $& {title}!',
    );
  });

  it('knows which parameters a text needs', () => {
    const { t } = createI18n<typeof en>(en, 'en');
    expectTypeOf(t<'title'>).parameters.toEqualTypeOf<['title']>();
    expectTypeOf(t<'hello'>).parameters.toEqualTypeOf<
      ['hello', params: { name: string | number }]
    >();
    expectTypeOf(t<'waiting'>).parameters.toEqualTypeOf<['waiting', params: { count: number }]>();
  });
});

describe('negotiate', () => {
  it.each([
    ['zh-Hant', 'zh-TW'],
    ['zh-HK', 'zh-TW'],
    ['zh-MO', 'zh-TW'],
    ['zh_TW', 'zh-TW'],
    ['zh-Hant-SG', 'zh-TW'],
    ['yue', 'zh-TW'],
    ['zh', 'zh-CN'],
    ['zh-SG', 'zh-CN'],
    ['zh-Hans-HK', 'zh-CN'],
    ['en-GB', 'en'],
    ['fr', 'en'],
  ])('%s → %s', (wish, locale) => expect(negotiate(wish)).toBe(locale));

  it('takes the first wish it can grant', () => {
    expect(negotiate(null, 'fr-FR', 'zh-TW', 'en')).toBe('zh-TW');
    expect(negotiate(undefined, '')).toBe('en');
  });
});
