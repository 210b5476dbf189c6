// Decides what fills the window: a page of somebody signed in, a page for anybody, or the door.
import './shell.css';
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Me } from '../protocol/types';
import { Empty, Spinner } from '../ui/bits';
import { Button } from '../ui/button';
import { Toasts } from '../ui/toast';
import { Frame } from './frame/frame';
import { speak, t } from './i18n';
import { home, type Page, type PageProps, pages } from './pages';
import { atLeast } from './roles';
import { address, navigate } from './router';
import { announce, showUnread } from './stores/attention';
import { createDesk, DeskContext } from './stores/desk';
import { clearDrafts } from './stores/drafts';
import { api, expire, resume, session } from './stores/session';
import { forgetUndo } from './stores/undo';

export function Shell() {
  return (
    <>
      <Room />
      <Toasts close={t('action.close')} />
    </>
  );
}

function Room() {
  const { path } = address.value;
  const page = pages.find((candidate) => candidate.path.test(path));
  const current = session.value;
  if (current.kind === 'loading') return <Splash />;
  if (current.kind === 'unreachable') return <Unreachable />;
  if (page?.bare) return <Loaded page={page} path={path} />;
  if (current.kind === 'new') return <Lazy load={() => import('./pages/setup')} />;
  if (current.kind === 'out') return <Lazy load={() => import('./pages/sign-in')} />;
  return <SignedIn key={current.me.id} me={current.me} page={page} path={path} />;
}

function Splash() {
  return (
    <main class="shell-centre">
      <h1 class="visually-hidden">{t('title')}</h1>
      <Spinner label={t('state.loading')} />
    </main>
  );
}

function Unreachable() {
  return (
    <main class="shell-centre">
      <h1 class="visually-hidden">{t('title')}</h1>
      <Empty icon="offline" title={t('unreachable.title')}>
        <p>{t('unreachable.text')}</p>
        <p class="shell-gap">
          <Button kind="primary" icon="retry" onClick={resume}>
            {t('action.retry')}
          </Button>
        </p>
      </Empty>
    </main>
  );
}

interface SignedInProps {
  readonly me: Me;
  readonly page: Page | undefined;
  readonly path: string;
}

let lastPerson: string | undefined;

function SignedIn({ me, page, path }: SignedInProps) {
  const desk = useMemo(() => {
    if (lastPerson && lastPerson !== me.id) {
      clearDrafts();
      forgetUndo();
    }
    lastPerson = me.id;
    return createDesk({ me, api, onRefused: expire, onEvent: announce });
  }, [me.id]);
  useEffect(() => {
    const hide = showUnread(desk);
    return () => {
      hide();
      desk.stop();
    };
  }, [desk]);
  useEffect(() => {
    speak(me.locale, ...navigator.languages);
  }, [me.locale]);
  useEffect(() => {
    if (path === '/' || path === '/sign-in') navigate(home, { replace: true });
  }, [path]);

  const allowed = page && (!page.role || atLeast(me.role, page.role));
  return (
    <DeskContext.Provider value={desk}>
      <Frame me={me} path={path}>
        {allowed ? <Loaded page={page} path={path} /> : path !== '/' && <NotFound />}
      </Frame>
    </DeskContext.Provider>
  );
}

/** The same words whether it is missing or only not for this person. */
export function NotFound() {
  return (
    <div class="shell-centre">
      <h1 class="visually-hidden">{t('notFound.title')}</h1>
      <Empty icon="search" title={t('notFound.title')}>
        <p>{t('notFound.text')}</p>
        <p class="shell-gap">
          <a href={home}>{t('action.toInbox')}</a>
        </p>
      </Empty>
    </div>
  );
}

function Loaded({ page, path }: { page: Page; path: string }) {
  const params = page.path.exec(path)?.groups ?? {};
  return <Lazy key={page.path.source} load={page.load} params={params} />;
}

type Loader = () => Promise<{ default: ComponentType<PageProps> }>;

/** A chunk that cannot be fetched (offline, or a new version replaced it) can be asked for again. */
function Lazy({ load, params = {} }: { load: Loader; params?: PageProps['params'] }) {
  const shown: Signal<ComponentType<PageProps> | undefined> = useSignal(undefined);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (failed) return;
    load().then(
      (page) => {
        shown.value = page.default;
      },
      () => setFailed(true),
    );
  }, [failed]);
  const Content = shown.value;
  if (Content) return <Content params={params} />;
  if (!failed) return <Splash />;
  return (
    <div class="shell-centre">
      <Empty icon="offline" title={t('unreachable.page')}>
        <Button onClick={() => location.reload()}>{t('action.reload')}</Button>
      </Empty>
    </div>
  );
}
