// Whether somebody is there: a line below the head, and leaving word where nobody is. Loaded where a channel has hours, or
// says who is there.
import { ApiError, jsonBody } from '../core/http';
import type { Locale } from '../core/i18n';
import type { Reception, Visitor } from '../protocol/types';
import type { Client } from './client';
import { el, set } from './dom';
import type { Texts } from './i18n';
import { type RareTexts, rareTexts } from './rare';
import sheet from './reception.css?url';

// A link, as for the other lazy chunks.
document.head.append(el('link', { rel: 'stylesheet', href: sheet }));

const weekMs = 6 * 86_400_000;

/** In the visitor's own time: the day's name while that is clear, then its date. */
function when(at: number, now: number, t: RareTexts, locale: Locale): string {
  const [then, day] = [new Date(at), new Date(now)];
  const clock = { hour: 'numeric', minute: '2-digit' } as const;
  if (then.toDateString() === day.toDateString()) {
    return t('today', { time: then.toLocaleTimeString(locale, clock) });
  }
  const date = at - now < weekMs ? { weekday: 'long' } : { day: 'numeric', month: 'long' };
  return then.toLocaleString(locale, { ...clock, ...(date as Intl.DateTimeFormatOptions) });
}

/** Answers what draws it anew. */
export function startReception(client: Client, { locale }: Texts): () => void {
  const t = rareTexts(locale);
  const { state } = client;
  const main = document.querySelector('.chat') as Element;
  const scroll = main.querySelector('.scroll') as Element;
  const line = el('p', { class: 'reception', role: 'status' });
  const words = el('p');
  const contact = el('div');
  const away = el(
    'section',
    { class: 'away', 'aria-label': t('leave'), hidden: true },
    el('h2', {}, t('leave')),
    words,
    el('p', {}, t('answerHere')),
    contact,
  );
  const place = el('p', { class: 'queue', role: 'status', hidden: true });
  main.querySelector('.head')?.after(line, place);
  const { hours, reception: settings } = state.channel?.settings ?? {};
  set(line, { hidden: !hours?.enabled && !settings?.presence });
  scroll.append(away);

  let shown = '';
  let asked: Visitor | undefined;
  let live = false;

  function say({ here, open, opens_at }: Reception): void {
    const then = opens_at === null ? '' : when(opens_at, Date.now(), t, locale);
    const closed = then ? t('closedUntil', { when: then }) : t('closed');
    set(line, { 'data-here': here });
    line.textContent = here ? t('here') : open ? t('nobodyHere') : closed;
    const later = then ? t('answerAfter', { when: then }) : t('answerSometime');
    words.textContent = open ? t('answerSoon') : later;
    // Whoever reads the newest goes on doing so.
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    set(away, { hidden: here });
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  const before = (ahead: number): string =>
    ahead === 0 ? t('next') : t(ahead < 5 ? 'ahead' : 'aheadMany', { count: ahead });

  function ask(visitor: Visitor): void {
    asked = visitor;
    const wanted = !!state.channel?.settings.reception.ask_contact && !visitor.email;
    contact.replaceChildren(...(wanted ? [contactForm(client, t, visitor)] : []));
  }

  function lookAgain(): void {
    if (settings?.queue) {
      client.api
        .json<{ ahead: number | null }>('GET', '/visitor/queue')
        .then((now) => client.learn(now))
        .catch(() => {});
    }
    client.api
      .json<Reception>('GET', '/visitor/reception')
      .then((reception) => client.learn({ reception }))
      // What changes next is told.
      .catch(() => {});
  }

  function draw(): void {
    const { reception, visitor } = state;
    // What happened before the line stood, or while it was broken, was told to nobody.
    if (state.line === 'live' && !live) lookAgain();
    live = state.line === 'live';
    const key = JSON.stringify(reception);
    if (reception && key !== shown) {
      shown = key;
      say(reception);
    }
    // Who is not served just now waits for that first.
    const waits = state.ahead != null && !!reception?.here;
    set(place, { hidden: !waits });
    const next = waits ? before(state.ahead ?? 0) : '';
    if (place.textContent !== next) place.textContent = next;
    if (visitor && visitor !== asked) {
      if (asked && visitor.email) {
        asked = visitor;
        const kept = t('contactKept', { email: visitor.email });
        contact.replaceChildren(el('p', { class: 'kept', role: 'status' }, kept));
      } else ask(visitor);
    }
  }
  draw();
  return draw;
}

function contactForm(client: Client, t: RareTexts, visitor: Visitor): HTMLElement {
  const name = el('input', { type: 'text', autocomplete: 'name', maxLength: 80 });
  const email = el('input', {
    type: 'email',
    autocomplete: 'email',
    maxLength: 254,
    required: true,
  });
  const problem = el('p', { class: 'problem', id: 'away-problem', role: 'alert' });
  const send = el('button', { type: 'submit', class: 'primary' }, t('contactSave'));
  const form = el(
    'form',
    { noValidate: true },
    el('p', {}, t('contactWhy')),
    !visitor.name && el('label', {}, t('contactName'), name),
    el('label', {}, t('contactEmail'), email),
    problem,
    send,
  );
  const refuse = (words: string): void => {
    problem.textContent = words;
    set(email, { 'aria-invalid': 'true', 'aria-describedby': 'away-problem' });
    email.focus();
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    problem.textContent = '';
    if (!email.value.trim() || !email.checkValidity()) return refuse(t('contactWrong'));
    set(send, { disabled: true });
    try {
      const body = jsonBody({ name: name.value, email: email.value });
      client.learn({ visitor: await client.api.json<Visitor>('POST', '/visitor/contact', body) });
    } catch (error) {
      set(send, { disabled: false });
      const wrong = error instanceof ApiError && error.status === 422;
      refuse(t(wrong ? 'contactWrong' : 'contactFailed'));
    }
  };
  return form;
}
