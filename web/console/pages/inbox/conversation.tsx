import './conversation.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../../../core/api';
import type { Conversation } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Empty, Skeleton } from '../../../ui/bits';
import { Button, IconButton } from '../../../ui/button';
import { Icon } from '../../../ui/icon';
import { inbox, talk } from '../../actions/here';
import { LiveCall } from '../../calls/live';
import { CallButtons } from '../../calls/start';
import { t } from '../../i18n';
import { attentive } from '../../stores/attention';
import { type Desk, useDesk } from '../../stores/desk';
import type { ComposerKind } from '../../stores/drafts';
import { prefs, setPrefs } from '../../stores/prefs';
import { colleague, nameOf } from '../../stores/words';
import { OfferStrip } from '../../transfers/strip';
import { assign, reopen, resolve } from './commands';
import { Composer } from './composer';
import { addFiles } from './files';
import { HeaderLabels } from './header-labels';
import { Labels } from './labels';
import { Lookers } from './lookers';
import { answer, mayRevise } from './message-menu';
import { CustomerPanel } from './panel';
import { Thread } from './thread';

interface PaneProps {
  readonly id: string;
  readonly onBack: () => void;
}

/** Fetched when it is not held: opened by its address, or from a search. */
export function ConversationPane(props: PaneProps) {
  const desk = useDesk();
  const held = desk.conversations.all.value.get(props.id);
  const [missing, setMissing] = useState(false);
  const ready = desk.ready.value;
  useEffect(() => {
    if (held || !ready) return;
    desk.conversations.fetch(props.id).catch((error) => {
      setMissing(error instanceof ApiError && error.status === 404);
    });
  }, [props.id, held === undefined, ready, desk.snapshot.value]);
  if (held) return <Opened {...props} held={held} />;
  return (
    <section class="talk" aria-label={t('talk.label')}>
      <h1 class="visually-hidden">{t('talk.label')}</h1>
      {missing ? (
        <Empty icon="search" title={t('notFound.title')}>
          <p>{t('notFound.text')}</p>
          <p>
            <Button onClick={props.onBack}>{t('action.back')}</Button>
          </p>
        </Empty>
      ) : (
        <Skeleton label={t('state.loading')} />
      )}
    </section>
  );
}

function Opened({ held, onBack }: PaneProps & { held: Conversation }) {
  const desk = useDesk();
  const [kind, setKind] = useState<ComposerKind>('text');
  const [drawer, setDrawer] = useState(false);
  const [dropping, setDropping] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);

  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    // The list is gone there, and the focus with it.
    if (window.matchMedia('(max-width: 719px)').matches) pane.current?.focus();
  }, []);

  const write = (next: ComposerKind) => {
    setKind(next);
    input.current?.focus();
  };
  const [editing, setEditing] = useState<number>();
  const edit = (seq: number | undefined) => {
    setEditing(seq);
    if (seq === undefined) input.current?.focus();
  };
  const editLast = () => {
    const messages = desk.histories.of(held.id).messages.peek();
    const last = [...messages].reverse().find((message) => mayRevise(desk, held, message));
    if (last) setEditing(last.seq);
    return last !== undefined;
  };
  const quoteLast = () => {
    const messages = desk.histories.of(held.id).messages.peek();
    const last = [...messages]
      .reverse()
      .find(({ author, kind }) => author.kind === 'customer' && kind === 'text');
    if (last) answer(held, last);
  };
  const togglePanel = () => {
    if (window.matchMedia('(min-width: 1180px)').matches) setPrefs({ panel: !prefs.peek().panel });
    else setDrawer(!drawer);
  };
  const finish = () => {
    if (held.status === 'resolved') void reopen(desk, [held]);
    else inbox.peek()?.done([held], resolve(desk, [held]));
  };

  useEffect(() => {
    talk.value = {
      write,
      quoteLast,
      togglePanel,
      ...(drawer && { close: () => setDrawer(false) }),
    };
  });
  // Whoever has it before them knows that they are called here.
  const called = desk.counts.value.value?.mentions ?? 0;
  useEffect(() => {
    if (!called || !attentive.value) return;
    desk.api.post('/mentions/seen', { conversation: held.id }).catch(() => undefined);
  }, [held.id, called, attentive.value]);
  useEffect(() => {
    desk.lookers.look(held.id);
    return () => {
      desk.lookers.look(undefined);
      talk.value = undefined;
    };
  }, [held.id]);

  return (
    <>
      <section
        ref={pane}
        tabIndex={-1}
        class={`talk ${dropping ? 'talk-dropping' : ''}`}
        aria-label={t('talk.with', { name: nameOf(held.customer) })}
        onDragOver={(event) => {
          if (!event.dataTransfer?.types.includes('Files')) return;
          event.preventDefault();
          setDropping(true);
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node)) setDropping(false);
        }}
        onDrop={(event) => {
          event.preventDefault();
          setDropping(false);
          addFiles(desk, held.id, event.dataTransfer?.files);
        }}
      >
        <header class="talk-head">
          <IconButton
            class="talk-back"
            icon="back"
            label={t('action.back')}
            shortcut="Esc"
            onClick={onBack}
          />
          <Who held={held} />
          <div class="talk-actions">
            {held.status === 'open' && held.assignee === null && (
              <Button
                small
                kind="primary"
                icon="hand"
                title={`${t('assign.take')} (M)`}
                onClick={() => assign(desk, [held], desk.me)}
              >
                {t('assign.take')}
              </Button>
            )}
            <CallButtons held={held} />
            <AssignButton held={held} desk={desk} />
            <Button
              small
              class="talk-resolve"
              icon={held.status === 'open' ? 'check' : 'reopen'}
              title={`${held.status === 'open' ? t('resolve.do') : t('resolve.reopen')} (E)`}
              onClick={finish}
            >
              {held.status === 'open' ? t('resolve.do') : t('resolve.reopen')}
            </Button>
            <IconButton icon="info" label={t('panel.toggle')} shortcut="I" onClick={togglePanel} />
          </div>
        </header>
        <LiveCall held={held} />
        <OfferStrip held={held} />
        <div class="talk-labels">
          <Labels held={held} />
          <Lookers id={held.id} />
          <HeaderLabels held={held} />
        </div>
        <Thread held={held} editing={editing} onEdit={edit} />
        <Composer held={held} kind={kind} onKind={setKind} input={input} onEditLast={editLast} />
        {dropping && (
          <div class="talk-drop">
            <Icon name="clip" size={22} />
            {t('files.drop')}
          </div>
        )}
      </section>
      <CustomerPanel
        key={held.customer.id}
        held={held}
        docked={prefs.value.panel}
        drawer={drawer}
        onClose={() => setDrawer(false)}
      />
    </>
  );
}

function Who({ held }: { held: Conversation }) {
  const { channels } = useDesk();
  const name = nameOf(held.customer);
  const online = held.customer.online;
  return (
    <div class="talk-who">
      <Avatar
        id={held.customer.id}
        name={name}
        size={32}
        presence={online ? 'online' : 'offline'}
      />
      <div class="talk-name">
        <h1>{name}</h1>
        <p>
          {online ? t('presence.online') : t('presence.offline')}
          {' · '}
          {channels.find(held.channel)?.name}
        </p>
      </div>
    </div>
  );
}

interface AssignButtonProps {
  readonly held: Conversation;
  readonly desk: Desk;
}

function AssignButton({ held, desk }: AssignButtonProps) {
  const assignee = desk.people.find(held.assignee);
  const text = held.assignee
    ? held.assignee === desk.me
      ? t('assign.you')
      : colleague(desk.people, held.assignee)
    : t('assign.do');
  return (
    <button
      type="button"
      class="button button-secondary button-small talk-assign"
      aria-haspopup="dialog"
      data-ask="assign"
      title={`${t('assign.do')} (A)`}
      onClick={() => inbox.peek()?.ask('assign')}
    >
      {assignee ? (
        <Avatar id={assignee.id} name={assignee.name} src={assignee.avatar_url} size={20} />
      ) : (
        <Icon name="user" size={14} />
      )}
      <span class="visually-hidden">
        {held.assignee ? t('assign.to', { name: text }) : t('assign.do')}
      </span>
      <span class="button-label" aria-hidden="true">
        {text}
      </span>
      <Icon name="down" size={14} />
    </button>
  );
}
