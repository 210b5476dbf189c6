// What an agent can do with a call beyond talking: ask others in, hand it on, record it, and what a
// supervisor may. The buttons sit in the room's bar; what they open is the desk's own.
import { useState } from 'preact/hooks';
import * as icons from '../../call/icons';
import type { Recording } from '../../call/routes';
import type { Session } from '../../call/session';
import type { SuperviseMode } from '../../protocol/calls';
import type { Presence } from '../../protocol/types';
import { Avatar } from '../../ui/avatar';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { control, el } from '../../ui/dom';
import { TextField } from '../../ui/field';
import { Menu, type MenuItem, Picker } from '../../ui/menu';
import { type TextKey, t } from '../i18n';
import { mayHold } from '../pages/inbox/assign';
import { type Desk, useDesk } from '../stores/desk';
import { useMe } from '../stores/me';
import { modes, recordings, talks } from './rights';

export interface Opened {
  readonly what: 'invite' | 'transfer' | 'record' | 'supervise' | 'pause';
  readonly anchor: HTMLElement;
}

export function createSwitches(desk: Desk, open: (opened: Opened) => void) {
  const make = (what: Opened['what'], label: string, sign: string): HTMLButtonElement => {
    const button: HTMLButtonElement = control(label, sign, {
      class: 'call-switch',
      'aria-haspopup': 'true',
      onclick: () => open({ what, anchor: button }),
    });
    return button;
  };
  const invite = make('invite', t('call.invite'), icons.people);
  const transfer = make('transfer', t('call.transfer'), icons.transfer);
  const record = make('record', t('call.recording'), icons.record);
  const supervise = make('supervise', t('call.supervise'), icons.ear);
  return {
    node: el('span', { class: 'call-actions' }, invite, transfer, record, supervise),
    draw({ call, phase }: Session): void {
      const inside = phase === 'inside' && talks(call, desk.me);
      invite.hidden = transfer.hidden = !inside;
      record.hidden = !recordings(call, desk.me).length;
      const role = desk.people.find(desk.me)?.role ?? 'agent';
      supervise.hidden = phase !== 'inside' || !modes(call, desk.me, role).length;
    },
  };
}

interface PanelProps {
  readonly opened: Opened;
  readonly session: Session;
  readonly onOpen: (opened: Opened) => void;
  readonly onClose: () => void;
}

export const modeTexts = {
  listen: 'call.listen',
  whisper: 'call.whisper',
  barge: 'call.barge',
  take_over: 'call.takeOver',
} as const satisfies Record<SuperviseMode, TextKey>;

export const modeHints = {
  listen: 'call.listenHint',
  whisper: 'call.whisperHint',
  barge: 'call.bargeHint',
  take_over: 'call.takeOverHint',
} as const satisfies Record<SuperviseMode, TextKey>;

const recordTexts = {
  start: 'call.recordStart',
  pause: 'call.recordPause',
  resume: 'call.recordResume',
  stop: 'call.recordStop',
} as const satisfies Record<Recording, TextKey>;

export function SwitchPanel({ opened, session, onOpen, onClose }: PanelProps) {
  const desk = useDesk();
  const me = useMe();
  const anchor = { current: opened.anchor };
  switch (opened.what) {
    case 'pause':
      return <Pause session={session} onClose={onClose} />;
    case 'record':
      return (
        <Menu
          anchor={anchor}
          align="end"
          label={t('call.recording')}
          onClose={onClose}
          items={recordings(session.call, desk.me).map((action) => ({
            id: action,
            label: t(recordTexts[action]),
            run: () => {
              if (action === 'pause') onOpen({ ...opened, what: 'pause' });
              else session.run((ask, id) => ask.record(id, action));
            },
          }))}
        />
      );
    case 'supervise':
      return (
        <Menu
          anchor={anchor}
          align="end"
          label={t('call.supervise')}
          onClose={onClose}
          items={modes(session.call, desk.me, me.role).map((mode) => ({
            id: mode,
            label: t(modeTexts[mode]),
            more: t(modeHints[mode]),
            run: () => void session.run((ask, id) => ask.supervise(id, mode)),
          }))}
        />
      );
    default:
      return <Colleagues what={opened.what} anchor={anchor} session={session} onClose={onClose} />;
  }
}

const order: Record<Presence, number> = { online: 0, away: 1, offline: 2 };

interface ColleaguesProps {
  readonly what: 'invite' | 'transfer';
  readonly anchor: { current: HTMLElement };
  readonly session: Session;
  readonly onClose: () => void;
}

/** Who may see the channel, and is not in the call yet. */
function Colleagues({ what, anchor, session, onClose }: ColleaguesProps) {
  const desk = useDesk();
  const { call } = session;
  const held = desk.conversations.all.value.get(call.conversation);
  const channel = held && desk.channels.find(held.channel);
  const inside = new Set(
    call.participants.filter((part) => part.state !== 'left').map((part) => part.user),
  );
  const words = { online: '', away: t('presence.away'), offline: t('presence.offline') };
  const items: MenuItem[] = desk.people.list.value
    .filter((user) => mayHold(user, channel) && !inside.has(user.id))
    .sort((a, b) => order[a.presence] - order[b.presence])
    .map((user) => ({
      id: user.id,
      label: user.name,
      hint: words[user.presence],
      lead: (
        <Avatar
          id={user.id}
          name={user.name}
          src={user.avatar_url}
          size={24}
          presence={user.presence}
        />
      ),
      run: () => void session.run((ask, id) => ask[what](id, user.id)),
    }));
  return (
    <Picker
      anchor={anchor}
      align="end"
      label={t(what === 'invite' ? 'call.invite' : 'call.transfer')}
      placeholder={t('assign.find')}
      none={t('call.noColleague')}
      items={items}
      onClose={onClose}
    />
  );
}

/** Why it pauses stays with the recording. */
function Pause({ session, onClose }: { session: Session; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const pause = async () => {
    if (!reason.trim()) return;
    onClose();
    await session.run((ask, id) => ask.record(id, 'pause', reason.trim()));
  };
  return (
    <Dialog
      title={t('call.pauseTitle')}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" disabled={!reason.trim()} onClick={pause}>
            {t('call.recordPause')}
          </Button>
        </>
      }
    >
      <TextField
        label={t('call.pauseReason')}
        hint={t('call.pauseHint')}
        maxLength={200}
        value={reason}
        onValue={setReason}
        onKeyDown={(event) => event.key === 'Enter' && !event.isComposing && pause()}
      />
    </Dialog>
  );
}
