import type { Me } from '../../protocol/types';
import { session } from './session';

/** For pages of somebody signed in. */
export function useMe(): Me {
  const current = session.value;
  if (current.kind === 'in') {
    lastKnown = current.me;
    return current.me;
  }
  // The page is drawn once more while it makes room for the sign-in form.
  if (lastKnown) return lastKnown;
  throw new Error('nobody is signed in');
}

let lastKnown: Me | undefined;
