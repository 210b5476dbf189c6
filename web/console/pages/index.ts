import type { ComponentType } from 'preact';
import type { Texts } from '../i18n';

export interface PageProps {
  readonly i18n: Texts;
}

interface Page {
  readonly path: RegExp;
  readonly load: () => Promise<{ default: ComponentType<PageProps> }>;
}

/** Every page is a chunk of its own, fetched when it is first opened. The first match wins. */
export const pages: readonly Page[] = [{ path: /^\//, load: () => import('./home') }];
