// One row of the list as elements, made once and patched: screen readers hear only what is new.
import { isEmojiOnly } from '../core/measure';
import type { Client } from './client';
import { el, icon, set, type View } from './dom';
import type { Texts } from './i18n';
import * as icons from './icons';
import type { Bubble, Row, Status } from './rows';

const signs: Record<Exclude<Status, 'failed'>, string> = {
  sending: icons.clock,
  sent: icons.tick,
  delivered: icons.ticks,
  read: icons.ticks,
};

/** A picture, or the first letter of a name. */
export function avatar(name: string, url: string | null | undefined): HTMLElement {
  if (url) return el('img', { class: 'avatar', src: url, alt: '' });
  return el('span', { class: 'avatar', 'aria-hidden': 'true' }, [...name][0]?.toUpperCase());
}

export function rowMaker(client: Client, i18n: Texts): (row: Row) => View<Row> {
  const { t, locale } = i18n;
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const near = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const far = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0);
  /** `Today`, `Yesterday`, then dates. A day may have 23 or 25 hours, hence the rounding. */
  const day = (at: number): string => {
    const ago = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);
    return ago < 2 ? near.format(-ago, 'day') : far.format(at);
  };

  function bubble(row: Bubble): View<Row> {
    const who = row.mine ? t('you') : (row.name ?? t('agent'));
    const sign = el('span', { class: 'sign', role: 'img' });
    const meta = el('span', { class: 'meta' }, clock.format(row.at), row.mine && sign);
    const failure = el('span', { class: 'failure' });
    const bar = el('progress', { 'aria-label': t('sending') });
    const emoji = isEmojiOnly(row.text);
    const body = el(
      'div',
      { class: emoji ? 'emoji' : 'bubble' },
      el('span', { class: 'visually-hidden' }, `${who}: `),
    );
    if (row.text) {
      // Line breaks are the style's business.
      const text = el('span', { class: 'text', dir: 'auto' }, row.text);
      body.append(text);
      if (/:|@|www/i.test(row.text)) {
        import('./rich').then(({ richText }) => text.replaceChildren(richText(row.text)));
      }
    }
    if (row.said?.quote || row.said?.revision) {
      const { said } = row;
      import('./said').then(({ showSaid }) => showSaid(body, said, client, i18n));
    }
    if (row.attachments?.length || row.files?.length) {
      const files = el('div', { class: 'files' });
      body.append(files);
      import('./media').then(({ showFiles }) => showFiles(files, row, client, i18n));
    }
    body.append(bar);
    const node = el(
      'div',
      {},
      !row.mine && avatar(who, row.avatar),
      el(
        'div',
        { class: 'stack' },
        !row.mine && el('span', { class: 'name' }, who),
        body,
        failure,
        meta,
      ),
    );
    let status: Status | undefined;

    return {
      node,
      patch(next) {
        if (next.type !== 'bubble') return;
        const { mine, first, last } = next;
        node.className = `row ${mine ? 'mine' : 'theirs'}${first ? ' first' : ''}${last ? ' last' : ''}`;
        set(bar, { hidden: next.progress === undefined, value: next.progress ?? 0 });
        if (next.status === status) return;
        status = next.status;
        node.dataset.status = status ?? '';
        failure.textContent = '';
        if (status === 'failed') {
          import('./trouble').then(({ showFailure }) => showFailure(failure, next, client, i18n));
        } else if (status) {
          sign.replaceChildren(icon(signs[status]));
          set(sign, { 'aria-label': t(status) });
        }
      },
    };
  }

  return (row) => {
    if (row.type === 'bubble') return bubble(row);
    // `call` is the room's own.
    const node = el('div', { class: row.type === 'call' ? 'notice' : row.type });
    if (row.type === 'rating') {
      import('./rating').then(({ showRating }) => showRating(node, row.conversation, client, i18n));
      return { node, patch() {} };
    }
    return {
      node,
      patch(next) {
        if (next.type === 'call') {
          import('./call-notice').then(({ callNotice }) => callNotice(node, next, locale));
          return;
        }
        const text =
          next.type === 'day' ? day(next.at) : next.type === 'notice' ? t(next.verb) : t('unread');
        if (node.textContent !== text) node.textContent = text;
      },
    };
  };
}
