import type { PageProps } from '..';

export default function Home({ i18n }: PageProps) {
  return <h1>{i18n.t('title')}</h1>;
}
