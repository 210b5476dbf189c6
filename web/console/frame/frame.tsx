// What stays while pages come and go: where one can go, whether the line is there, who one is.
import './frame.css';
import type { ComponentChildren } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useMemo } from 'preact/hooks';
import type { Me } from '../../protocol/types';
import { Icon, type IconName } from '../../ui/icon';
import { overlay, typedAhead } from '../actions/here';
import { keyMap } from '../actions/registry';
import { CallHost } from '../calls/host';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { atLeast } from '../roles';
import { address } from '../router';
import { useDesk } from '../stores/desk';
import { views } from '../stores/filter';
import { IncomingOffers } from '../transfers/offers';
import { Account } from './account';
import { AlertsBanner } from './alerts-banner';
import { LineBanner } from './banner';
import { commandKey, Shortcuts } from './shortcuts';
import { atMost, viewIcons, viewTexts } from './views';

const CommandBar = lazy(() => import('../actions/bar'));

interface FrameProps {
  readonly me: Me;
  readonly path: string;
  readonly children: ComponentChildren;
}

export function Frame({ me, path, children }: FrameProps) {
  const desk = useDesk();
  const keys = useMemo(() => keyMap(desk), [desk]);
  useKeys(keys);
  useEffect(() => {
    // Also while somebody writes: it is no letter.
    const onKeyDown = (event: KeyboardEvent) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      const coming = overlay.peek() === 'bar' && !document.querySelector('dialog[open]');
      if (coming && event.key.length === 1 && !modified) {
        typedAhead.value += event.key;
        event.preventDefault();
      }
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!document.querySelector('dialog[open]')) overlay.value = 'bar';
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  const close = () => {
    overlay.value = undefined;
  };
  const inConversation = /^\/inbox\/\w+\/cnv_/.test(path);
  return (
    <div class={`frame ${inConversation ? 'frame-deep' : ''}`}>
      <button type="button" class="frame-skip" onClick={skip}>
        {t('nav.skip')}
      </button>
      <Sidebar me={me} path={path} />
      <div class="frame-main">
        <LineBanner />
        <IncomingOffers />
        {atLeast(me.role, 'administrator') && <AlertsBanner path={path} />}
        <main id="main" class="frame-page" tabIndex={-1}>
          {children}
        </main>
      </div>
      <CallHost path={path} />
      {overlay.value === 'sheet' && <Shortcuts onClose={close} />}
      {overlay.value === 'bar' && (
        <Suspense fallback={null}>
          <CommandBar onClose={close} />
        </Suspense>
      )}
    </div>
  );
}

function skip(): void {
  document.getElementById('main')?.focus();
}

interface SidebarProps {
  readonly me: Me;
  readonly path: string;
}

const open = (what: 'sheet' | 'bar') => () => {
  overlay.value = what;
};

function Sidebar({ me, path }: SidebarProps) {
  const { counts, channels, views: saved } = useDesk();
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
            current={path.split('/')[2] === view && inInbox && !wanted}
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
      <SideLink
        class="side-mentions"
        href="/mentions"
        icon="at"
        text={t('nav.mentions')}
        current={path === '/mentions'}
        badge={atMost(counts.value.value?.mentions)}
        strong
      />
      {saved.list.value.length > 0 && (
        <div class="side-group side-saved">
          <h2 class="side-head">{t('nav.views')}</h2>
          {saved.list.value.map((view) => (
            <SideLink
              key={view.id}
              href={`/inbox/${view.id}`}
              icon={view.scope === 'shared' ? 'filter' : 'user'}
              text={view.name}
              current={path.split('/')[2] === view.id}
              badge={atMost(saved.counts.value[view.id])}
            />
          ))}
        </div>
      )}
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
        <button
          type="button"
          class="side-link"
          title={t('bar.title')}
          aria-keyshortcuts="Control+K Meta+K"
          onClick={open('bar')}
        >
          <Icon name="command" size={18} />
          <span class="side-text">{t('bar.short')}</span>
          <kbd class="kbd side-hint">{commandKey()} K</kbd>
        </button>
        <SideLink
          href="/search"
          icon="search"
          text={t('nav.search')}
          hint="/"
          current={path === '/search'}
        />
        {atLeast(me.role, 'supervisor') && (
          <SideLink
            href="/satisfaction"
            icon="star"
            text={t('nav.satisfaction')}
            current={path === '/satisfaction'}
          />
        )}
        <SideLink
          href="/settings"
          icon="settings"
          text={t('nav.settings')}
          current={path.startsWith('/settings')}
        />
      </div>
      <Account me={me} onShortcuts={open('sheet')} />
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
