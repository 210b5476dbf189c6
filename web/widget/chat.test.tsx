import { render } from 'preact';
import { expect, it } from 'vitest';
import { Chat } from './chat';
import { loadTexts } from './i18n';

it('greets in the language of the visitor', async () => {
  const root = document.createElement('div');
  render(<Chat i18n={await loadTexts('zh-CN')} />, root);
  expect(root.querySelector('h1')?.textContent).toBe('会客厅 Parlor');
});
