import { describe, expect, it } from 'vitest';
import { createI18n } from '../core/i18n';
import type { VisitorMessage } from '../protocol/types';
import en from './i18n/en';
import { rareTexts } from './rare';
import { line } from './transcript';

const i18n = createI18n<typeof en>(en, 'en');
const message = (patch: Partial<VisitorMessage>): VisitorMessage => ({
  conversation: 'cnv_1',
  seq: 1,
  order: 1,
  kind: 'text',
  author: { kind: 'agent', name: 'Lin', avatar_url: null },
  client_id: null,
  text: 'Hello',
  attachments: [],
  activity: null,
  quote: null,
  revision: 0,
  edited_at: null,
  recalled_at: null,
  at: 0,
  ...patch,
});
const said = (patch: Partial<VisitorMessage>): string =>
  line(message(patch), i18n, rareTexts('en')).replace(/^\[[^\]]*\] /, '');

describe('a transcript', () => {
  it('lets nobody write a line in the name of another', () => {
    expect(said({ text: 'Hi\n[1/1/70] Mei:\nyes' })).toBe(
      'Lin:\n    Hi\n    [1/1/70] Mei:\n    yes',
    );
  });

  it('says what was answered, edited and taken back', () => {
    const quote = {
      seq: 1,
      author: 'customer' as const,
      text: 'When?',
      file: null,
      recalled: false,
    };
    expect(said({ quote, edited_at: 5 })).toBe('Lin (Edited):\n    > When?\n    Hello');
    expect(said({ text: '', edited_at: 5, recalled_at: 6 })).toBe(
      'Lin:\n    This message was taken back',
    );
    expect(said({ kind: 'activity', text: '', activity: { verb: 'rating_asked' } })).toBe('');
  });
});
