// What a conversation is marked with: its priority, until when it is put aside, its tags.
import type { Conversation, Priority, TagColour } from '../../../protocol/types';
import { Icon } from '../../../ui/icon';
import { later } from '../../format';
import { type TextKey, t } from '../../i18n';
import { useDesk } from '../../stores/desk';

export const priorityTexts = {
  urgent: 'priority.urgent',
  high: 'priority.high',
  normal: 'priority.normal',
  low: 'priority.low',
  none: 'priority.none',
} as const satisfies Record<Priority, TextKey>;

export function PriorityMark({ priority, named }: { priority: Priority; named?: boolean }) {
  const name = t('priority.is', { priority: t(priorityTexts[priority]) });
  return (
    <span class={`mark mark-${priority}`} title={name}>
      <Icon name="flag" size={12} />
      {named ? t(priorityTexts[priority]) : <span class="visually-hidden">{name}</span>}
    </span>
  );
}

export function TagMark({ name, colour }: { name: string; colour: TagColour }) {
  return <span class={`tagged tagged-${colour}`}>{name}</span>;
}

interface LabelsProps {
  readonly held: Conversation;
  /** Where there is little room: two tags, and how many more. */
  readonly few?: boolean;
}

export function Labels({ held, few }: LabelsProps) {
  const desk = useDesk();
  const tags = held.tags.flatMap((id) => desk.tags.find(id) ?? []);
  const shown = few ? tags.slice(0, 2) : tags;
  return (
    <>
      {held.priority !== 'none' && <PriorityMark priority={held.priority} named={!few} />}
      {held.snooze && (
        <span class="mark mark-snoozed">
          <Icon name="clock" size={12} />
          {held.snooze.until ? later(held.snooze.until) : t('snooze.untilReply')}
        </span>
      )}
      {shown.map((tag) => (
        <TagMark key={tag.id} name={tag.name} colour={tag.colour} />
      ))}
      {tags.length > shown.length && (
        <span class="mark" title={tags.map(({ name }) => name).join(', ')}>
          +{tags.length - shown.length}
        </span>
      )}
    </>
  );
}
