import { memo } from 'preact/compat';
import type { Conversation } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Icon } from '../../../ui/icon';
import { inbox } from '../../actions/here';
import { dateTime, shortTime, waited } from '../../format';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { hasDraft } from '../../stores/drafts';
import { toggle } from '../../stores/selection';
import { colleague, nameOf, preview } from '../../stores/words';
import { Labels } from './labels';
import { rowId } from './places';

interface RowProps {
  readonly item: Conversation;
  /** From the top of the list, in pixels. */
  readonly top: number;
  /** Its number among so many. */
  readonly place: number;
  readonly of: number;
  readonly href: string;
  readonly current: boolean;
  readonly picked: boolean;
  readonly showChannel: boolean;
}

/** Many of them, and most events concern one: the others are not drawn again. */
export const Row = memo(function Row(props: RowProps) {
  const { item, href, current, picked, showChannel } = props;
  const { me, people, channels, typing } = useDesk();
  const name = nameOf(item.customer);
  const last = item.last_message;
  const writes = typing.all.value.get(item.id)?.some((typist) => typist.kind === 'customer');
  const assignee = people.find(item.assignee);
  const unread = item.unread > 0;
  return (
    <li
      class={`row-place ${picked ? 'row-picked' : ''}`}
      style={{ transform: `translateY(${props.top}px)` }}
      aria-setsize={props.of}
      aria-posinset={props.place}
    >
      <a
        id={rowId(item.id)}
        data-row={item.id}
        class={`row ${unread ? 'row-unread' : ''}`}
        href={href}
        aria-current={current ? 'true' : undefined}
        onClick={(event) => pickInstead(event, item.id)}
      >
        <Avatar
          id={item.customer.id}
          name={name}
          size={32}
          presence={item.customer.online ? 'online' : undefined}
        />
        <span class="row-body">
          <span class="row-line">
            <span class="row-name">{name}</span>
            <time class="row-time" title={dateTime(item.updated_at)}>
              {shortTime(last?.at ?? item.updated_at)}
            </time>
          </span>
          <span class="row-line">
            <span class="row-preview">
              {writes ? (
                <em class="row-typing">{t('typing.short')}</em>
              ) : (
                <>
                  {hasDraft(item.id) && <em class="row-draft">{t('row.draft')} </em>}
                  {last?.kind === 'note' && (
                    <span class="row-note">
                      <Icon name="lock" size={12} />
                    </span>
                  )}
                  {last?.author.kind === 'agent' &&
                    `${last.author.id === me ? t('row.you') : colleague(people, last.author.id)}: `}
                  {preview(last)}
                </>
              )}
            </span>
            {unread && (
              <span class="row-count">
                <span class="visually-hidden">{t('row.unread', { count: item.unread })}</span>
                <span aria-hidden="true">{item.unread > 99 ? '99+' : item.unread}</span>
              </span>
            )}
          </span>
          <span class="row-line row-meta">
            {item.status === 'open' && item.waiting_since_at !== null && (
              <span class="row-waiting">
                <Icon name="clock" size={12} />
                {t('row.waiting', { time: waited(item.waiting_since_at) })}
              </span>
            )}
            <Labels held={item} few />
            {showChannel && <span class="row-channel">{channels.find(item.channel)?.name}</span>}
            {assignee && (
              <span class="row-assignee" title={assignee.name}>
                <Avatar id={assignee.id} name={assignee.name} src={assignee.avatar_url} size={20} />
                <span class="visually-hidden">{t('row.assignee', { name: assignee.name })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
      <label class="row-pick" title={t('row.pick', { name })}>
        <input
          type="checkbox"
          tabIndex={-1}
          checked={picked}
          aria-label={t('row.pick', { name })}
          onClick={(event) => pickInstead(event, item.id) || toggle(item.id)}
        />
      </label>
    </li>
  );
});

/** Shift takes all in between, Ctrl or ⌘ this one: a new tab is what the middle button is for. */
function pickInstead(event: MouseEvent, id: string): boolean {
  if (!event.shiftKey && !event.ctrlKey && !event.metaKey) return false;
  if (event.currentTarget instanceof HTMLAnchorElement) event.preventDefault();
  if (event.shiftKey) inbox.value?.extendTo(id);
  else toggle(id);
  return true;
}
