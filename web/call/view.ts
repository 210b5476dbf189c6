// What a call is to one who looks at it. Pure: no DOM, no clock.
import type { Call, CallParticipant } from '../protocol/calls';

/** Who looks: somebody of the organisation, or the visitor. */
export type Who = { readonly user: string } | 'customer';

export type Phase =
  /** It rings here. */
  | 'incoming'
  /** It rings at the other side. */
  | 'outgoing'
  | 'inside'
  | 'ended'
  /** A call of others. */
  | 'outside';

export function ownPart(call: Call, who: Who): CallParticipant | undefined {
  const own = call.participants.filter((part) =>
    who === 'customer' ? part.kind === 'customer' : part.user === who.user,
  );
  // Somebody may have left and been asked again.
  return own.find((part) => part.state !== 'left') ?? own[own.length - 1];
}

export function phaseOf(call: Call, who: Who): Phase {
  const own = ownPart(call, who);
  if (!own) return 'outside';
  if (call.state === 'ended' || own.state === 'left') return 'ended';
  if (own.state === 'ringing') return 'incoming';
  return call.state === 'ringing' ? 'outgoing' : 'inside';
}

/** Those in it or on their way, without the one who looks. */
export function others(call: Call, who: Who): CallParticipant[] {
  const own = ownPart(call, who);
  return call.participants.filter((part) => part !== own && part.state !== 'left');
}

/** Who is, or was, on the other side: what the call is called by. */
export function partner(call: Call, who: Who): CallParticipant | undefined {
  const wanted = who === 'customer' ? 'agent' : 'customer';
  const found = call.participants.filter((part) => part.kind === wanted && part.role === 'talks');
  return found.find((part) => part.state !== 'left') ?? found[0];
}

export type EndKey =
  | 'end.done'
  | 'end.declined'
  | 'end.youDeclined'
  | 'end.missed'
  | 'end.youMissed'
  | 'end.cancelled'
  | 'end.busy'
  | 'end.failed'
  | 'end.lost'
  | 'end.refused'
  | 'end.left';

/** How it ended, as the one who looks should hear it. */
export function endKey(call: Call, who: Who): EndKey {
  const own = ownPart(call, who);
  if (call.state !== 'ended') return 'end.left';
  const asked = (call.direction === 'visitor') === (who === 'customer');
  switch (call.reason) {
    case 'declined':
      if (call.recording.consent === 'refused') return 'end.refused';
      return own && !asked ? 'end.youDeclined' : 'end.declined';
    case 'missed':
      return own && !asked ? 'end.youMissed' : 'end.missed';
    case 'cancelled':
      return 'end.cancelled';
    case 'busy':
      return 'end.busy';
    case 'failed':
      return 'end.failed';
    case 'lost':
      return 'end.lost';
    default:
      return 'end.done';
  }
}

/** `4:12`, `1:04:12`. */
export function lasted(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/** How long it was talked, once answered. */
export const talked = (call: Call, now: number): number | undefined =>
  call.answered_at === null ? undefined : (call.ended_at ?? now) - call.answered_at;

/** The newer of two pictures of one call: events and answers overtake each other. */
export const newer = (held: Call | undefined, next: Call): Call =>
  held && held.id === next.id && held.position > next.position ? held : next;
