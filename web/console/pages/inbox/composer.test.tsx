import { beforeAll, describe, expect, it } from 'vitest';
import { speak } from '../../i18n';
import { isSendKey, objection } from './composer-rules';

const key = (init: KeyboardEventInit & { keyCode?: number }): KeyboardEvent =>
  Object.assign(new KeyboardEvent('keydown', init), init.keyCode ? { keyCode: init.keyCode } : {});

describe('the key that sends', () => {
  it('is Enter without Shift', () => {
    expect(isSendKey(key({ key: 'Enter' }))).toBe(true);
    expect(isSendKey(key({ key: 'Enter', shiftKey: true }))).toBe(false);
    expect(isSendKey(key({ key: 'a' }))).toBe(false);
  });

  it('is not the Enter that chooses a word in an input method', () => {
    expect(isSendKey(key({ key: 'Enter', isComposing: true }))).toBe(false);
  });
});

describe('what may be sent', () => {
  beforeAll(() => speak('en'));

  it('is text or a file, up to the bytes the server takes', () => {
    expect(objection('  \n', 0, 100)).toBe('');
    expect(objection('', 1, 100)).toBeUndefined();
    expect(objection('hi', 0, 100)).toBeUndefined();
    expect(objection('茶'.repeat(34), 0, 100)).toBe('2 bytes too long');
  });
});
