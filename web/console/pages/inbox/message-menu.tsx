// What one can do with a message that is there: answer it, copy it, and, with one's own, mend it or take it back for as
// long as the channel lets one.
import { lazy, Suspense } from 'preact/compat';
import { useRef, useState } from 'preact/hooks';
import type { Conversation, Message } from '../../../protocol/types';
import { Button, IconButton } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { Menu, type MenuItem } from '../../../ui/menu';
import { toast } from '../../../ui/toast';
import { talk } from '../../actions/here';
import { now } from '../../clock';
import { t } from '../../i18n';
import { type Desk, useDesk } from '../../stores/desk';
import { changeDraft } from '../../stores/drafts';
import { revised } from '../../stores/events';
import { mayQuote } from '../../stores/quotes';
import { sentence } from '../../stores/words';

const MessageHistory = lazy(() => import('./message-history'));

/** The server has the last word. */
export function mayRevise(desk: Desk, held: Conversation, message: Message): boolean {
  const minutes = desk.channels.find(held.channel)?.settings.revise_minutes ?? 0;
  const own = message.author.kind === 'agent' && message.author.id === desk.me;
  const fresh = now() - message.at < minutes * 60_000;
  return own && fresh && message.kind !== 'activity' && message.recalled_at === null;
}

export function answer(held: Conversation, message: Message): void {
  changeDraft(held.id, { quote: message.seq });
  talk.peek()?.write(message.kind === 'note' ? 'note' : 'text');
}

async function takeBack(desk: Desk, message: Message): Promise<void> {
  try {
    const path = `/conversations/${message.conversation}/messages/${message.seq}`;
    revised(desk, await desk.api.delete<Message>(path));
    toast(t('recall.done'));
  } catch (error) {
    toast(sentence(error), { kind: 'error' });
  }
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t('action.copied'));
  } catch {
    toast(t('message.copyFailed'), { kind: 'error' });
  }
}

interface MessageMenuProps {
  readonly held: Conversation;
  readonly message: Message;
  readonly onEdit: () => void;
}

type Shown = 'menu' | 'recall' | 'history';

function choices(
  desk: Desk,
  { held, message, onEdit }: MessageMenuProps,
  show: (what: Shown) => void,
): MenuItem[] {
  const own = mayRevise(desk, held, message);
  return [
    ...(mayQuote(message, 'note')
      ? [
          {
            id: 'quote',
            label: t('quote.do'),
            icon: 'quote' as const,
            run: () => answer(held, message),
          },
        ]
      : []),
    ...(message.text
      ? [
          {
            id: 'copy',
            label: t('message.copy'),
            icon: 'copy' as const,
            run: () => void copy(message.text),
          },
        ]
      : []),
    ...(message.revision > 0
      ? [
          {
            id: 'history',
            label: t('history.show'),
            icon: 'clock' as const,
            run: () => show('history'),
          },
        ]
      : []),
    ...(own
      ? [
          { id: 'edit', label: t('edit.do'), icon: 'edit' as const, apart: true, run: onEdit },
          {
            id: 'recall',
            label: t('recall.do'),
            icon: 'trash' as const,
            danger: true,
            run: () => show('recall'),
          },
        ]
      : []),
  ];
}

export function MessageMenu(props: MessageMenuProps) {
  const { message } = props;
  const desk = useDesk();
  const button = useRef<HTMLButtonElement>(null);
  const [shown, setShown] = useState<Shown>();
  const close = () => setShown(undefined);
  return (
    <span class={`bubble-menu ${shown ? 'bubble-menu-open' : ''}`}>
      <IconButton
        buttonRef={button}
        icon="more"
        size={16}
        label={t('message.more')}
        aria-haspopup="menu"
        aria-expanded={shown === 'menu'}
        onClick={() => setShown(shown ? undefined : 'menu')}
      />
      {shown === 'menu' && (
        <Menu
          anchor={button}
          label={t('message.more')}
          items={choices(desk, props, setShown)}
          align={message.author.kind === 'customer' ? 'start' : 'end'}
          onClose={close}
        />
      )}
      {shown === 'recall' && (
        <Dialog
          title={t('recall.title')}
          close={t('action.close')}
          onClose={close}
          actions={
            <>
              <Button onClick={close}>{t('action.cancel')}</Button>
              <Button
                kind="danger"
                onClick={() => {
                  close();
                  void takeBack(desk, message);
                }}
              >
                {t('recall.do')}
              </Button>
            </>
          }
        >
          <p>{message.kind === 'note' ? t('recall.noteText') : t('recall.text')}</p>
        </Dialog>
      )}
      {shown === 'history' && (
        <Suspense fallback={null}>
          <MessageHistory message={message} onClose={close} />
        </Suspense>
      )}
    </span>
  );
}
