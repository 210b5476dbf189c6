import type { RefObject } from 'preact';
import type { Conversation } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { type MenuItem, Picker } from '../../../ui/menu';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { callable } from '../../stores/mentions';

interface MentionPickerProps {
  readonly held: Conversation;
  readonly anchor: RefObject<HTMLElement | null>;
  readonly onText: (text: string) => void;
  readonly onClose: () => void;
}

/** Opened by the sign itself; whoever picks nobody gets the sign alone. */
export function MentionPicker({ held, anchor, onText, onClose }: MentionPickerProps) {
  const { people, channels, me } = useDesk();
  const items = callable(people.list.value, channels.find(held.channel), me).map(
    (user): MenuItem => ({
      id: user.id,
      label: user.name,
      hint: user.email.split('@')[0] ?? '',
      lead: (
        <Avatar
          id={user.id}
          name={user.name}
          src={user.avatar_url}
          size={24}
          presence={user.presence}
        />
      ),
      run: () => onText(`@${user.name} `),
    }),
  );
  return (
    <Picker
      anchor={anchor}
      label={t('mention.pick')}
      placeholder={t('mention.find')}
      none={t('mention.nobody')}
      items={items}
      onClose={(chosen) => {
        onClose();
        if (chosen) return;
        onText('@');
        anchor.current?.focus();
      }}
    />
  );
}
