import './settings.css';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from '../../../ui/icon';
import { t } from '../../i18n';
import { atLeast } from '../../roles';
import { address } from '../../router';
import { pageTitle } from '../../stores/attention';
import { useMe } from '../../stores/me';
import { settingsPages } from './pages';

interface LayoutProps {
  readonly title: string;
  readonly lead?: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}

/** The frame of every settings page. What one may not do is not in the list. */
export function SettingsLayout({ title, lead, actions, children, wide }: LayoutProps) {
  const me = useMe();
  const { path } = address.value;
  const shown = settingsPages.filter(({ role }) => !role || atLeast(me.role, role));
  useEffect(() => {
    pageTitle.value = title;
  }, [title]);
  return (
    <div class="settings">
      <nav class="settings-nav" aria-label={t('nav.settings')}>
        <p class="settings-nav-title">{t('nav.settings')}</p>
        {shown.map((page) => (
          <a
            key={page.path}
            href={page.path}
            aria-current={path.startsWith(page.path) ? 'page' : undefined}
          >
            <Icon name={page.icon} />
            {t(page.text)}
          </a>
        ))}
      </nav>
      <div class="settings-scroll">
        <div class={`settings-page ${wide ? 'settings-wide' : ''}`}>
          <header class="settings-head">
            <div>
              <h1>{title}</h1>
              {lead && <p>{lead}</p>}
            </div>
            {actions && <div class="settings-actions">{actions}</div>}
          </header>
          {children}
        </div>
      </div>
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly lead?: string;
  readonly children: ComponentChildren;
}

export function Card({ title, lead, children }: CardProps) {
  return (
    <section class="card">
      <header class="card-head">
        <h2>{title}</h2>
        {lead && <p>{lead}</p>}
      </header>
      <div class="card-body">{children}</div>
    </section>
  );
}
