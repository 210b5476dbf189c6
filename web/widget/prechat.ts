// The questions before a conversation: in the place of the composer until they are answered. Loaded where a channel asks.
import { ApiError, jsonBody } from '../core/http';
import type { PrechatConsent, PrechatField, PrechatForm } from '../protocol/types';
import type { Client } from './client';
import { el, set } from './dom';
import type { Texts } from './i18n';
import sheet from './prechat.css?url';
import { type RareTexts, rareTexts } from './rare';

// A link, as for the other lazy chunks.
document.head.append(el('link', { rel: 'stylesheet', href: sheet }));

const refused = 'prechat.required';

/** Answers what draws it anew. */
export function startPrechat(client: Client, { locale }: Texts): () => void {
  const t = rareTexts(locale);
  const { state } = client;
  const main = document.querySelector('.chat') as HTMLElement;
  const composer = main.querySelector('.composer') as HTMLElement;
  const place = el('div', { class: 'prechat' });
  composer.before(place);
  let shown = false;
  let asking = false;
  let status = '';

  const waiting = () =>
    state.queue.filter(({ state, code }) => state === 'failed' && code === refused);

  async function look(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      const form = await client.api.json<PrechatForm>('GET', '/visitor/prechat');
      if (form.needed) show(form);
      else done();
    } catch {
      // The server asks for it when it is missed.
    } finally {
      asking = false;
    }
  }

  function done(): void {
    for (const { id } of waiting()) client.retry(id);
    if (!shown) return;
    shown = false;
    place.replaceChildren();
    composer.hidden = false;
    composer.querySelector('textarea')?.focus();
  }

  function show(form: PrechatForm, problem = ''): void {
    shown = true;
    composer.hidden = true;
    place.replaceChildren(questions(form, t, problem, submit));
  }

  async function submit(given: object, refuse: (error?: ApiError) => void): Promise<void> {
    try {
      await client.api.json('POST', '/visitor/prechat', jsonBody(given));
      done();
    } catch (error) {
      if (!(error instanceof ApiError)) return refuse();
      if (error.status !== 409) return refuse(error);
      // Asked otherwise now, or not at all.
      const form = await client.api.json<PrechatForm>('GET', '/visitor/prechat');
      if (form.needed) show(form, t('prechatChanged'));
      else done();
    }
  }

  function draw(): void {
    const now = `${state.conversation?.status}`;
    // Also when a conversation is over: the next one is asked for anew.
    if (state.phase === 'ready' && !state.loading && now !== status) {
      status = now;
      look();
    } else if (!shown && waiting().length) look();
  }
  draw();
  return draw;
}

type Submit = (given: object, refuse: (error?: ApiError) => void) => Promise<void>;

interface Asked {
  field: PrechatField;
  input: HTMLInputElement | HTMLSelectElement;
  problem: HTMLElement;
}

function questions(form: PrechatForm, t: RareTexts, words: string, submit: Submit): HTMLElement {
  const asked = form.fields.map((field): Asked => {
    const problem = el('p', { class: 'problem', id: `prechat-${field.id}`, role: 'alert' });
    return { field, input: control(field, t), problem };
  });
  const { consent } = form;
  const agreed = el('input', { type: 'checkbox' });
  const disagreed = el('p', { class: 'problem', id: 'prechat-consent', role: 'alert' });
  const problem = el('p', { class: 'problem', role: 'alert' }, words);
  const start = el('button', { type: 'submit', class: 'primary' }, t('start'));
  const sheet = el(
    'form',
    { noValidate: true, 'aria-label': t('prechat') },
    el('h2', {}, t('prechat')),
    form.lead && el('p', {}, form.lead),
    ...asked.map(({ field, input, problem }) =>
      el(
        'div',
        {},
        el(
          'label',
          {},
          field.required ? field.label : t('optional', { label: field.label }),
          input,
        ),
        problem,
      ),
    ),
    consent.text && agreement(consent, agreed),
    disagreed,
    problem,
    start,
  );

  const mark = (input: Element, place: HTMLElement, words: string): void => {
    place.textContent = words;
    set(input, {
      'aria-invalid': words ? 'true' : null,
      'aria-describedby': words ? place.id : null,
    });
  };
  const first = (): void => sheet.querySelector<HTMLElement>('[aria-invalid]')?.focus();

  sheet.onsubmit = async (event) => {
    event.preventDefault();
    problem.textContent = '';
    const answers: Record<string, string> = {};
    for (const { field, input, problem } of asked) {
      const text = input.value.trim();
      if (text) answers[field.id] = text;
      const missing = field.required && !text;
      mark(input, problem, missing ? t('required') : input.checkValidity() ? '' : t('invalid'));
    }
    mark(agreed, disagreed, consent.text && !agreed.checked ? t('agree') : '');
    if (sheet.querySelector('[aria-invalid]')) return first();
    set(start, { disabled: true });
    await submit({ answers, ...(consent.text && { consent: consent.text }) }, (error) => {
      set(start, { disabled: false });
      for (const { field, input, problem } of asked) {
        const wrong = error?.fields.find((one) => one.field === `answers.${field.id}`);
        if (wrong) mark(input, problem, t(wrong.code === 'too_long' ? 'tooLong' : 'invalid'));
      }
      if (!sheet.querySelector('[aria-invalid]')) problem.textContent = t('contactFailed');
      first();
    }).catch(() => {
      set(start, { disabled: false });
      problem.textContent = t('contactFailed');
    });
  };
  return sheet;
}

const types = { name: 'text', email: 'email', phone: 'tel', text: 'text', choice: '' } as const;
const fills = { name: 'name', email: 'email', phone: 'tel', text: 'off', choice: 'off' } as const;

function control(
  { kind, required, options }: PrechatField,
  t: RareTexts,
): HTMLInputElement | HTMLSelectElement {
  if (kind !== 'choice') {
    return el('input', {
      type: types[kind],
      autocomplete: fills[kind],
      maxLength: kind === 'text' ? 1000 : 254,
      'aria-required': required,
    });
  }
  const select = el(
    'select',
    { 'aria-required': required },
    el('option', { value: '' }, t('choose')),
  );
  for (const { text } of options) select.append(el('option', { value: text }, text));
  return select;
}

function agreement({ text, link_text, url }: PrechatConsent, box: HTMLElement): HTMLElement {
  const link =
    url && el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, link_text || url);
  return el('label', { class: 'consent' }, box, el('span', {}, text, ' ', link));
}
