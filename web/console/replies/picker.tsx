import './replies.css';
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Conversation, QuickReply } from '../../protocol/types';
import { type MenuItem, Picker } from '../../ui/menu';
import { toast } from '../../ui/toast';
import { t } from '../i18n';
import { type Desk, useDesk } from '../stores/desk';
import { useMe } from '../stores/me';
import { sentence } from '../stores/words';
import { fill, type Values } from './fill';
import { findReplies } from './find';

interface ReplyPickerProps {
  readonly held: Conversation;
  readonly anchor: RefObject<HTMLElement | null>;
  /** What is written so far, to keep it as a quick reply. */
  readonly written: string;
  readonly onText: (text: string) => void;
  readonly onKeep: () => void;
  readonly onClose: () => void;
}

/** Typed into a text as it is: whoever wants a slash gets one by pressing it again. */
const slash = '/';

export function ReplyPicker(props: ReplyPickerProps) {
  const { held, anchor, written, onText, onKeep, onClose } = props;
  const desk = useDesk();
  const me = useMe();
  const [failed, setFailed] = useState<unknown>();
  const all = desk.replies.list.value;
  useEffect(() => {
    if (!all) desk.replies.load().catch(setFailed);
    // The customer's own words for the variables; without them the summary's have to do.
    if (!desk.customers.all.peek().has(held.customer.id)) {
      desk.customers.load(held.customer.id).catch(() => undefined);
    }
  }, []);
  const values = valuesOf(desk, held, me);

  const item = (reply: QuickReply): MenuItem => {
    const filled = fill(reply.text, values);
    return {
      id: reply.id,
      label: reply.title,
      more: filled.text.replace(/\s+/g, ' '),
      hint: reply.shortcut ? `/${reply.shortcut}` : reply.folder,
      run: () => {
        onText(filled.text);
        desk.replies.used(reply.id);
        if (filled.missing.length) {
          toast(t('replies.missing', { names: filled.missing.join(', ') }));
        }
      },
    };
  };
  const extra: MenuItem[] = [
    ...(written.trim()
      ? [{ id: 'keep', label: t('replies.keep'), icon: 'plus' as const, apart: true, run: onKeep }]
      : []),
    {
      id: 'settings',
      label: t('replies.manage'),
      icon: 'settings' as const,
      apart: !written.trim(),
      run: () => {
        location.assign('/settings/replies');
      },
    },
  ];
  return (
    <Picker
      anchor={anchor}
      label={t('replies.insert')}
      placeholder={t('replies.find')}
      none={
        failed !== undefined ? sentence(failed) : all ? t('replies.noneFound') : t('state.loading')
      }
      wide
      items={[]}
      search={(typed) =>
        typed === slash
          ? [{ id: 'slash', label: t('replies.slash'), run: () => onText(slash) }]
          : [...findReplies(all ?? [], typed).map(item), ...(typed.trim() ? [] : extra)]
      }
      onClose={onClose}
    />
  );
}

function valuesOf(desk: Desk, held: Conversation, me: ReturnType<typeof useMe>): Values {
  const customer = desk.customers.all.value.get(held.customer.id);
  const attributes = Object.entries(customer?.attributes ?? {});
  return {
    ...Object.fromEntries(attributes.map(([name, value]) => [`customer.${name}`, String(value)])),
    'customer.name': held.customer.name,
    'customer.email': held.customer.email,
    'customer.phone': customer?.phone,
    'agent.name': me.name,
    organisation: me.organisation.name,
    channel: desk.channels.find(held.channel)?.name,
  };
}
