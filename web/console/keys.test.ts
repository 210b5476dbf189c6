import { afterEach, describe, expect, it, vi } from 'vitest';
import { handleKey } from './keys';

const press = (key: string, target: Element, init: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  const run = vi.fn();
  target.addEventListener(
    'keydown',
    (heard) => handleKey(heard as KeyboardEvent, { [key.toLowerCase()]: run, [key]: run }),
    { once: true },
  );
  target.dispatchEvent(event);
  return run.mock.calls.length > 0;
};

const put = (html: string): Element => {
  document.body.innerHTML = html;
  return document.body.firstElementChild as Element;
};

afterEach(() => {
  document.body.innerHTML = '';
});

describe('single keys', () => {
  it('work on the page and on buttons, in capitals too', () => {
    expect(press('j', put('<div></div>'))).toBe(true);
    expect(press('J', put('<div></div>'))).toBe(true);
    expect(press('e', put('<button>x</button>'))).toBe(true);
    expect(press('e', put('<input type="checkbox">'))).toBe(true);
  });

  it('never work while somebody types', () => {
    expect(press('j', put('<input>'))).toBe(false);
    expect(press('j', put('<textarea></textarea>'))).toBe(false);
    expect(press('j', put('<select></select>'))).toBe(false);
    expect(press('j', put('<div></div>'), { isComposing: true })).toBe(false);
  });

  it('leave alone what belongs to the browser or to an open dialog', () => {
    expect(press('r', put('<div></div>'), { ctrlKey: true })).toBe(false);
    expect(press('r', put('<div></div>'), { metaKey: true })).toBe(false);
    expect(press('Enter', put('<a href="/x">x</a>'))).toBe(false);
    const page = put('<div></div>');
    document.body.insertAdjacentHTML('beforeend', '<dialog open></dialog>');
    expect(press('j', page)).toBe(false);
  });
});
