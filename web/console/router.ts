// Addresses. The path is state like any other: a signal, changed by links and by the back button.
import { signal } from '@preact/signals';

export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hash: string;
}

const read = (): Address => ({
  path: location.pathname,
  query: new URLSearchParams(location.search),
  hash: location.hash.slice(1),
});

export const address = signal<Address>(read());

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  address.value = read();
}

/** Links of ours change the page without loading it; modified clicks stay the browser's. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.('a');
  if (!link || link.target || link.hasAttribute('download')) return;
  if (link.origin !== location.origin || !isOurs(link.pathname)) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
}

/** The server's own addresses: the API, the chat pages and the files. */
const isOurs = (path: string): boolean => !/^\/(api|assets|c|avatars?)\//.test(path);

export function watchAddress(): void {
  window.addEventListener('popstate', () => {
    address.value = read();
  });
  document.addEventListener('click', follow);
}
