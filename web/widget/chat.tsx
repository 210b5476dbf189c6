import type { Texts } from './i18n';

export function Chat({ i18n }: { i18n: Texts }) {
  return (
    <main class="chat">
      <h1>{i18n.t('title')}</h1>
    </main>
  );
}
