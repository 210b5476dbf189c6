// What the visitor thinks of how they were served: stars, whether it was solved, words to choose and
// words of their own. Loaded when a conversation asks for it.
import { ApiError, jsonBody } from '../core/http';
import type { VisitorRating, VisitorRatingState } from '../protocol/types';
import type { Client } from './client';
import { el, icon, set } from './dom';
import type { Texts } from './i18n';
import { type RareTexts, rareTexts } from './rare';
import sheet from './rating.css?url';

// A link, as for the other lazy chunks.
document.head.append(el('link', { rel: 'stylesheet', href: sheet }));

const star = 'M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z';
const commentMax = 1000;

export function showRating(
  place: HTMLElement,
  conversation: string,
  client: Client,
  { locale }: Texts,
): void {
  const t = rareTexts(locale);
  client.api
    .json<VisitorRatingState>('GET', `/visitor/rating?conversation=${conversation}`)
    .then(({ may_rate, rating }) => {
      if (rating) thank(rating, may_rate);
      else if (may_rate) ask();
    })
    // It is an offer: without an answer there is simply none.
    .catch(() => {});

  function thank(rating: VisitorRating, changeable: boolean): void {
    const given = el('p', { class: 'given', role: 'img' });
    set(given, { 'aria-label': t('stars', { count: rating.score }) });
    for (let n = 1; n <= 5; n += 1) {
      const sign = icon(star);
      set(sign, { class: n <= rating.score ? 'full' : '' });
      given.append(sign);
    }
    place.replaceChildren(el('p', { class: 'question', role: 'status' }, t('thanks')), given);
    if (changeable) {
      const change = { type: 'button', class: 'link', onclick: () => ask(rating) };
      place.append(el('button', change, t('change')));
    }
  }

  function ask(before?: VisitorRating): void {
    const settings = client.state.channel?.settings.rating;
    let { score, solved }: Partial<VisitorRating> = before ?? {};
    const tags = new Set(before?.tags);
    const more = el('div', { class: 'more', hidden: !score });
    const comment = el('textarea', {
      rows: 2,
      maxLength: commentMax,
      placeholder: t('comment'),
      'aria-label': t('comment'),
      value: before?.comment ?? '',
    });
    const problem = el('p', { class: 'problem', role: 'alert' });
    const send = el('button', { type: 'submit', class: 'primary' }, t('rate'));
    more.append(
      choice(
        t('solved'),
        'solved',
        [
          ['yes', t('yes'), solved === true],
          ['no', t('no'), solved === false],
        ],
        (value) => {
          solved = value === 'yes';
        },
      ),
      tagRow(settings?.tags ?? [], tags),
      comment,
      problem,
      send,
    );
    const form = el(
      'form',
      { class: 'rating-form' },
      stars(t, settings?.question || t('question'), score ?? 0, (picked) => {
        score = picked;
        more.hidden = false;
      }),
      more,
    );
    form.onsubmit = async (event) => {
      event.preventDefault();
      set(send, { disabled: true });
      problem.textContent = '';
      const rating = { score: score ?? 0, solved, tags: [...tags], comment: comment.value };
      try {
        const now = await client.api.json<VisitorRatingState>(
          'POST',
          '/visitor/rating',
          jsonBody({ conversation, ...rating }),
        );
        if (now.rating) thank(now.rating, now.may_rate);
      } catch (error) {
        const closed = error instanceof ApiError && error.status === 409;
        problem.textContent = t(closed ? 'rateClosed' : 'rateFailed');
        set(send, { disabled: false });
      }
    };
    place.replaceChildren(form);
  }
}

/** Radios: the arrow keys choose, and a screen reader says how many. */
function stars(
  t: RareTexts,
  question: string,
  score: number,
  pick: (score: number) => void,
): HTMLElement {
  const signs: SVGSVGElement[] = [];
  const fill = (to: number): void => {
    for (const [at, sign] of signs.entries()) set(sign, { class: at < to ? 'full' : '' });
  };
  const row = el('div', { class: 'stars' });
  for (let n = 1; n <= 5; n += 1) {
    const radio = el('input', {
      type: 'radio',
      name: 'score',
      value: String(n),
      checked: n === score,
      'aria-label': t('stars', { count: n }),
      onchange: () => {
        fill(n);
        pick(n);
      },
    });
    const sign = icon(star);
    signs.push(sign);
    row.append(el('label', { title: t('stars', { count: n }) }, radio, sign));
  }
  fill(score);
  return el('fieldset', {}, el('legend', { class: 'question' }, question), row);
}

function choice(
  label: string,
  name: string,
  options: readonly (readonly [string, string, boolean])[],
  pick: (value: string) => void,
): HTMLElement {
  const row = el('div', { class: 'choices' });
  for (const [value, words, checked] of options) {
    const onchange = (): void => pick(value);
    row.append(
      el(
        'label',
        { class: 'choice' },
        el('input', { type: 'radio', name, value, checked, onchange }),
        words,
      ),
    );
  }
  return el('fieldset', {}, el('legend', {}, label), row);
}

function tagRow(offered: readonly string[], chosen: Set<string>): HTMLElement {
  const row = el('div', { class: 'choices' });
  for (const tag of offered) {
    const box = el('input', { type: 'checkbox', checked: chosen.has(tag) });
    box.onchange = () => {
      if (box.checked) chosen.add(tag);
      else chosen.delete(tag);
    };
    row.append(el('label', { class: 'choice' }, box, tag));
  }
  return row;
}
