// What stays while pages come and go: where one can go, whether the line is there, who one is.
import './frame.css';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Me } from '../../protocol/types';
import { Icon, type IconName } from '../../ui/icon';
import { CallHost } from '../calls/host';
import { count } from '../format';
import { type TextKey, t } from '../i18n';
import { useKeys } from '../keys';
import { atLeast } from '../roles';
import { address, navigate } from '../router';
import { useDesk } from '../stores/desk';
import { type View, views } from '../stores/lists';
import { Account } from './account';
import { AlertsBanner } from './alerts-banner';
import { LineBanner } from './banner';
import { Shortcuts } from './shortcuts';

interface FrameProps {
  readonly me: Me;
  readonly path: string;
  readonly children: ComponentChildren;
}

export const viewIcons: Record<View, IconName> = {
  unassigned: 'unassigned',
  mine: 'user',
  all: 'inbox',
  resolved: 'resolved',
};

export const viewTexts = {
  unassigned: 'view.unassigned',
  mine: 'view.mine',
  all: 'view.all',
  resolved: 'view.resolved',
} as const satisfies Record<View, TextKey>;

export const atMost = (value: number | undefined): string =>
  value === undefined ? '' : value >= 1000 ? `${count(999)}+` : count(value);

export function Frame({ me, path, children }: FrameProps) {
  const [sheet, setSheet] = useState(false);
  useKeys({ '?': () => setSheet(true), '/': () => navigate('/search') });
  const inConversation = /^\/inbox\/\w+\/cnv_/.test(path);
  return (
    <div class={`frame ${inConversation ? 'frame-deep' : ''}`}>
      <button type="button" class="frame-skip" onClick={skip}>
        {t('nav.skip')}
      </button>
      <Sidebar me={me} path={path} onShortcuts={() => setSheet(true)} />
      <div class="frame-main">
        <LineBanner />
        {atLeast(me.role, 'administrator') && <AlertsBanner path={path} />}
        <main id="main" class="frame-page" tabIndex={-1}>
          {children}
        </main>
      </div>
      <CallHost path={path} />
      {sheet && <Shortcuts onClose={() => setSheet(false)} />}
    </div>
  );
}

function skip(): void {
  document.getElementById('main')?.focus();
}

interface SidebarProps {
  readonly me: Me;
  readonly path: string;
  readonly onShortcuts: () => void;
}

function Sidebar({ me, path, onShortcuts }: SidebarProps) {
  const { counts, channels } = useDesk();
  const wanted = address.value.query.get('channel');
  const inInbox = path.startsWith('/inbox/');
  return (
    <nav class="side" aria-label={t('nav.label')}>
      <div class="side-brand" title={me.organisation.name}>
        <span class="side-logo">
          <Icon name="channel" size={18} />
        </span>
        <span class="side-text">{me.organisation.name}</span>
      </div>
      <div class="side-group side-views">
        {views.map((view) => (
          <SideLink
            key={view}
            href={`/inbox/${view}`}
            icon={viewIcons[view]}
            text={t(viewTexts[view])}
            current={path.startsWith(`/inbox/${view}`) && !wanted}
            {...(view !== 'resolved' && { badge: atMost(counts.value.value?.[view]) })}
            strong={view === 'unassigned'}
          />
        ))}
      </div>
      <SideLink
        class="side-phone"
        href="/inbox/unassigned"
        icon="inbox"
        text={t('nav.inbox')}
        current={inInbox}
      />
      {channels.list.value.length > 1 && (
        <div class="side-group side-channels">
          <h2 class="side-head">{t('nav.channels')}</h2>
          {channels.list.value.map((channel) => (
            <SideLink
              key={channel.id}
              href={`/inbox/all?channel=${channel.id}`}
              icon="globe"
              text={channel.name}
              current={inInbox && wanted === channel.id}
            />
          ))}
        </div>
      )}
      <div class="side-group side-end">
        <SideLink
          href="/search"
          icon="search"
          text={t('nav.search')}
          hint="/"
          current={path === '/search'}
        />
        <SideLink
          href="/settings"
          icon="settings"
          text={t('nav.settings')}
          current={path.startsWith('/settings')}
        />
      </div>
      <Account me={me} onShortcuts={onShortcuts} />
    </nav>
  );
}

interface SideLinkProps {
  readonly href: string;
  readonly icon: IconName;
  readonly text: string;
  readonly current: boolean;
  readonly badge?: string;
  readonly strong?: boolean;
  readonly hint?: string;
  readonly class?: string;
}

function SideLink({ href, icon, text, current, badge, strong, hint, ...rest }: SideLinkProps) {
  return (
    <a
      class={`side-link ${rest.class ?? ''}`}
      href={href}
      aria-current={current ? 'page' : undefined}
      title={text}
    >
      <Icon name={icon} size={18} />
      <span class="side-text">{text}</span>
      {badge && badge !== '0' && (
        <span class={`side-badge ${strong ? 'side-badge-strong' : ''}`}>{badge}</span>
      )}
      {hint && <kbd class="kbd side-hint">{hint}</kbd>}
    </a>
  );
}
