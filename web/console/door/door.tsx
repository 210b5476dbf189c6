// The narrow column of the pages before one is inside: sign-in and set-up.
import './door.css';
import type { ComponentChildren } from 'preact';
import { locales } from '../../core/i18n';
import { Icon } from '../../ui/icon';
import { locale, speak, t } from '../i18n';

export const languageNames = { en: 'English', 'zh-CN': '简体中文', 'zh-TW': '繁體中文' } as const;

export function Door({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: string;
  children: ComponentChildren;
}) {
  return (
    <main class="door">
      <div class="door-card">
        <div class="door-brand">
          <span class="door-logo">
            <Icon name="channel" size={20} />
          </span>
          <span>{t('title')}</span>
        </div>
        <h1>{title}</h1>
        {lead && <p class="door-lead">{lead}</p>}
        {children}
      </div>
      <nav class="door-languages" aria-label={t('field.language')}>
        {locales.map((code) => (
          <button
            key={code}
            type="button"
            lang={code}
            aria-pressed={code === locale()}
            onClick={() => speak(code)}
          >
            {languageNames[code]}
          </button>
        ))}
      </nav>
    </main>
  );
}
