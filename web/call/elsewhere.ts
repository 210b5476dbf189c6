// One's call is open in another window: how to get it here.
import { el } from '../ui/dom';
import type { CallTexts } from './i18n';
import type { Session } from './session';

export const createElsewhere = (session: Session, { t }: CallTexts): HTMLElement =>
  el(
    'div',
    { class: 'call-note call-elsewhere', role: 'status' },
    el('p', {}, t('elsewhere')),
    el(
      'button',
      { type: 'button', class: 'call-button', onclick: session.enter },
      t('elsewhere.here'),
    ),
  );
