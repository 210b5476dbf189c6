// A call in the history of its conversation: how it ended, who was in it, how the lines were.
import './entry.css';
import { useEffect, useState } from 'preact/hooks';
import { lasted, talked } from '../../call/view';
import type { CallParticipant, CallQuality } from '../../protocol/calls';
import type { Message } from '../../protocol/types';
import { Tag } from '../../ui/bits';
import { Icon } from '../../ui/icon';
import { clockTime, dateTime, measure, shortNumber } from '../format';
import { t } from '../i18n';
import { CallRecordings } from '../recordings';
import type { KnownCall } from '../stores/calls';
import { useDesk } from '../stores/desk';
import { colleague, nameOf } from '../stores/words';

export function CallEntry({ message }: { message: Message }) {
  const desk = useDesk();
  const [open, setOpen] = useState(false);
  const id = message.activity?.call ?? '';
  const call = desk.calls.find(id);
  const figures = call?.quality;
  useEffect(() => {
    if (!call) desk.calls.load(message.conversation).catch(() => undefined);
  }, [id, call === undefined]);
  const toggle = () => {
    // Its figures are written when it is over.
    if (!open) desk.calls.load(message.conversation).catch(() => undefined);
    setOpen(!open);
  };
  const ms = call && talked(call, call.ended_at ?? message.at);
  const missed = message.activity?.verb !== 'call_ended';
  return (
    <div class={`call-entry ${missed ? 'call-entry-missed' : ''}`}>
      <button type="button" class="call-entry-head" aria-expanded={open} onClick={toggle}>
        <Icon name={call?.media === 'video' ? 'video' : 'phone'} />
        <span>
          {call?.media === 'audio' ? t('call.wasAudio') : t('call.wasVideo')}
          {' · '}
          {ms !== undefined && !missed ? lasted(ms) : endWords(call, message)}
        </span>
        {call?.recording.consent !== 'refused' && wasRecorded(call) && (
          <Tag tone="danger">{t('call.recorded')}</Tag>
        )}
        <time title={dateTime(message.at)}>{clockTime(message.at)}</time>
        <Icon name="down" size={14} />
      </button>
      {open && call && (
        <div class="call-entry-more">
          {call.reason && !missed && call.reason !== 'hung_up' && <p>{endWords(call, message)}</p>}
          {call.recording.consent && (
            <p>
              {call.recording.consent === 'agreed'
                ? t('call.agreed', { when: dateTime(call.recording.at ?? message.at) })
                : t('call.notAgreed')}
            </p>
          )}
          <table>
            <thead>
              <tr>
                <th>{t('call.who')}</th>
                <th>{t('call.loss')}</th>
                <th>{t('call.rtt')}</th>
                <th>{t('call.jitter')}</th>
                <th>{t('call.freezes')}</th>
              </tr>
            </thead>
            <tbody>
              {call.participants.map((part) => (
                <Line key={part.leg} part={part} call={call} quality={best(figures, part.leg)} />
              ))}
            </tbody>
          </table>
          <CallRecordings call={call.id} />
        </div>
      )}
    </div>
  );
}

/** The server measured all of it; the browser fills in what only it can see. */
const best = (all: readonly CallQuality[] | undefined, leg: string): CallQuality | undefined => {
  const mine = all?.filter((quality) => quality.leg === leg) ?? [];
  const server = mine.find(({ source }) => source === 'server');
  const client = mine.find(({ source }) => source === 'client');
  return server && client ? { ...server, freezes: client.freezes } : (server ?? client);
};

interface LineProps {
  readonly part: CallParticipant;
  readonly call: KnownCall;
  readonly quality: CallQuality | undefined;
}

function Line({ part, call, quality }: LineProps) {
  const { people, conversations } = useDesk();
  const held = conversations.all.value.get(call.conversation);
  const name =
    part.kind === 'agent'
      ? colleague(people, part.user)
      : held
        ? nameOf(held.customer)
        : (part.name ?? t('activity.customer'));
  return (
    <tr>
      <th scope="row">
        {name}
        {part.role !== 'talks' && (
          <span class="menu-item-hint">
            {t(part.role === 'listens' ? 'call.listened' : 'call.whispered')}
          </span>
        )}
      </th>
      {quality ? (
        <>
          <td>{measure(Math.max(quality.loss_up, quality.loss_down) * 100, 'percent')}</td>
          <td>{measure(quality.rtt_ms, 'millisecond')}</td>
          <td>{measure(quality.jitter_ms, 'millisecond')}</td>
          <td>{shortNumber(quality.freezes)}</td>
        </>
      ) : (
        <td colSpan={4}>{t('call.noFigures')}</td>
      )}
    </tr>
  );
}

const wasRecorded = (call: KnownCall | undefined): boolean =>
  call !== undefined && (call.recording.state !== 'off' || call.recording.consent === 'agreed');

function endWords(call: KnownCall | undefined, message: Message): string {
  switch (call?.reason) {
    case 'missed':
      return t('call.missed');
    case 'cancelled':
      return t('call.cancelled');
    case 'busy':
      return t('call.busy');
    case 'declined':
      return t('call.declined');
    case 'failed':
      return t('call.failed');
    case 'lost':
      return t('call.lost');
    default:
      return message.activity?.verb === 'call_declined' ? t('call.declined') : t('call.ended');
  }
}
