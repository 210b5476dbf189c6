// What to tell a person about a request that was refused.
import type { CallTexts } from './i18n';

const known = {
  'call.taken': 'fail.taken',
  'call.over': 'fail.over',
  'call.busy': 'fail.busy',
  'call.agent_busy': 'fail.agentBusy',
  'call.agent_offline': 'fail.agentOffline',
  'call.customer_offline': 'fail.customerOffline',
  'call.nobody_here': 'fail.nobodyHere',
  'call.everyone_busy': 'fail.everyoneBusy',
  'call.not_allowed': 'fail.notAllowed',
  'call.full': 'fail.full',
  'call.too_many': 'fail.tooMany',
  'call.disabled': 'fail.disabled',
  'prechat.required': 'fail.prechat',
  network: 'fail.network',
  'rate.limited': 'fail.rate',
} as const;

export const failureWords = ({ t }: CallTexts, code: string): string =>
  t(known[code as keyof typeof known] ?? 'fail.other');
