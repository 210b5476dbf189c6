import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Texts } from './i18n';
import { type PageProps, pages } from './pages';

const shown = signal<ComponentType<PageProps> | undefined>(undefined);

export function Shell({ i18n, path }: { i18n: Texts; path: string }) {
  useEffect(() => {
    pages
      .find((page) => page.path.test(path))
      ?.load()
      .then((page) => {
        shown.value = page.default;
      });
  }, [path]);
  const Page = shown.value;
  return <main class="shell">{Page && <Page i18n={i18n} />}</main>;
}
