// What one may do with a call. The server decides; this keeps useless buttons away.
import type { Recording } from '../../call/routes';
import { ownPart } from '../../call/view';
import type { Call, SuperviseMode } from '../../protocol/calls';
import type { Role } from '../../protocol/types';
import { atLeast } from '../roles';

/** Taking part with a voice of one's own. */
export const talks = (call: Call, user: string): boolean => {
  const own = ownPart(call, { user });
  return own?.role === 'talks' && /accepted|joined|interrupted/.test(own.state);
};

const open = (call: Call): boolean => call.state === 'connecting' || call.state === 'active';

export function recordings(call: Call, user: string): Recording[] {
  if (!talks(call, user) || !open(call)) return [];
  const { state } = call.recording;
  if (state === 'on') return call.policy.recording === 'always' ? ['pause'] : ['pause', 'stop'];
  if (state === 'paused')
    return call.policy.recording === 'always' ? ['resume'] : ['resume', 'stop'];
  return state === 'off' && call.policy.recording === 'on_request' ? ['start'] : [];
}

/** How a supervisor can be in it, other than they are. */
export function modes(call: Call, user: string, role: Role): SuperviseMode[] {
  if (!atLeast(role, 'supervisor') || !open(call) || talks(call, user)) return [];
  const own = ownPart(call, { user });
  const now = own?.state === 'left' ? undefined : own?.role;
  const all: SuperviseMode[] = ['listen', 'whisper', 'barge', 'take_over'];
  return all.filter(
    (mode) =>
      !(mode === 'listen' && now === 'listens') && !(mode === 'whisper' && now === 'whispers'),
  );
}
