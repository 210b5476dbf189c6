import { render } from 'preact';
import { expect, it, vi } from 'vitest';
import { loadTexts } from './i18n';
import { Shell } from './shell';

it('opens the page of the address', async () => {
  const root = document.createElement('div');
  render(<Shell i18n={await loadTexts('en')} path="/" />, root);
  await vi.waitFor(() => expect(root.querySelector('h1')?.textContent).toBe('Parlor'));
});
