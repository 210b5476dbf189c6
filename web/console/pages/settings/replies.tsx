import { useEffect, useRef, useState } from 'preact/hooks';
import type { QuickReply } from '../../../protocol/types';
import { Empty, Kbd, Notice, Skeleton } from '../../../ui/bits';
import { Button, IconButton } from '../../../ui/button';
import { Menu, type MenuItem } from '../../../ui/menu';
import { Tabs } from '../../../ui/tabs';
import { toast } from '../../../ui/toast';
import { ago } from '../../format';
import { t } from '../../i18n';
import EditReply from '../../replies/edit';
import { byFolder, findReplies } from '../../replies/find';
import { atLeast } from '../../roles';
import { useDesk } from '../../stores/desk';
import { useMe } from '../../stores/me';
import { sentence } from '../../stores/words';
import { SettingsLayout } from './layout';

type Scope = QuickReply['scope'];
type Opened = { readonly reply?: QuickReply; readonly start?: Partial<QuickReply> };

export default function Replies() {
  const me = useMe();
  const { replies } = useDesk();
  const [scope, setScope] = useState<Scope>('shared');
  const [typed, setTyped] = useState('');
  const [opened, setOpened] = useState<Opened>();
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    replies.load().catch(setFailed);
  }, []);

  const all = replies.list.value;
  const ofScope = all?.filter((reply) => reply.scope === scope) ?? [];
  const found = findReplies(ofScope, typed, ofScope.length);
  const mayKeep = scope === 'personal' || atLeast(me.role, 'supervisor');
  const create = () => setOpened({ start: { scope } });
  const tab = (id: Scope, words: string) => ({
    id,
    label: all ? `${words} · ${all.filter((reply) => reply.scope === id).length}` : words,
  });

  return (
    <SettingsLayout
      title={t('settings.replies')}
      lead={t('replies.lead')}
      actions={
        mayKeep && (
          <Button kind="primary" icon="plus" onClick={create}>
            {t('replies.create')}
          </Button>
        )
      }
    >
      <div class="replies-tools">
        <Tabs
          label={t('replies.for')}
          panel="replies-list"
          value={scope}
          onValue={setScope}
          tabs={[tab('shared', t('replies.shared')), tab('personal', t('replies.personal'))]}
        />
        <input
          type="search"
          class="input"
          aria-label={t('replies.find')}
          placeholder={t('replies.find')}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      <div id="replies-list" role="tabpanel" aria-label={t('settings.replies')}>
        {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
        {!all && failed === undefined && <Skeleton rows={3} label={t('state.loading')} />}
        {all && ofScope.length === 0 && (
          <Empty icon="zap" title={t('replies.none')}>
            <p>{scope === 'shared' ? t('replies.noneShared') : t('replies.nonePersonal')}</p>
          </Empty>
        )}
        {ofScope.length > 0 && found.length === 0 && (
          <Empty icon="search" title={t('replies.noneFound')} />
        )}
        {byFolder(found).map(({ name, replies: inside }) => (
          <section key={name} aria-label={name || t('replies.noFolder')}>
            {name && <h2 class="replies-folder">{name.split('/').join(' › ')}</h2>}
            <ul class="things">
              {inside.map((reply) => (
                <Row key={reply.id} reply={reply} mayKeep={mayKeep} onOpen={setOpened} />
              ))}
            </ul>
          </section>
        ))}
      </div>
      {opened && (
        <EditReply
          reply={opened.reply}
          start={opened.start ?? {}}
          onClose={() => setOpened(undefined)}
        />
      )}
    </SettingsLayout>
  );
}

interface RowProps {
  readonly reply: QuickReply;
  readonly mayKeep: boolean;
  readonly onOpen: (opened: Opened) => void;
}

function Row({ reply, mayKeep, onOpen }: RowProps) {
  const { replies } = useDesk();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const remove = async () => {
    try {
      await replies.remove(reply.id);
      const undo = () =>
        void replies.restore(reply.id).catch((error) => toast(sentence(error), { kind: 'error' }));
      toast(t('replies.deleted', { title: reply.title }), {
        action: { label: t('action.undo'), run: undo },
      });
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
  };
  const { folder, title, shortcut, text } = reply;
  const copy: MenuItem = {
    id: 'copy',
    label: t('replies.copy'),
    icon: 'copy',
    run: () => onOpen({ start: { folder, title, text, scope: 'personal' } }),
  };
  const keep: MenuItem[] = [
    { id: 'edit', label: t('replies.edit'), icon: 'edit', run: () => onOpen({ reply }) },
    copy,
    {
      id: 'delete',
      label: t('action.delete'),
      icon: 'trash',
      danger: true,
      apart: true,
      run: remove,
    },
  ];
  return (
    <li class="thing">
      <div class="thing-body">
        <p class="thing-name">
          {title} {shortcut && <Kbd>/{shortcut}</Kbd>}
        </p>
        <p class="reply-words" dir="auto">
          {text}
        </p>
        <p class="thing-more">
          {reply.used && reply.last_used_at
            ? t('replies.used', { count: reply.used, when: ago(reply.last_used_at) })
            : t('replies.unused')}
        </p>
      </div>
      <IconButton
        buttonRef={button}
        icon="more"
        label={t('replies.actions', { title })}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <Menu
          anchor={button}
          align="end"
          label={t('replies.actions', { title })}
          items={mayKeep ? keep : [copy]}
          onClose={() => setOpen(false)}
        />
      )}
    </li>
  );
}
