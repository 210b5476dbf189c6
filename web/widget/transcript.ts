// The whole conversation as a text file, for the visitor to keep. Loaded when they ask for it.
import type { VisitorMessage, VisitorMessagePage } from '../protocol/types';
import type { Client } from './client';
import { el } from './dom';
import type { Texts } from './i18n';
import { type RareTexts, rareTexts } from './rare';

const pageSize = 100;

async function everything(client: Client): Promise<VisitorMessage[]> {
  const all: VisitorMessage[] = [];
  for (;;) {
    const before = all[0] ? `&before=${all[0].order}` : '';
    const page: VisitorMessagePage = await client.api.json(
      'GET',
      `/visitor/messages?limit=${pageSize}${before}`,
    );
    all.unshift(...page.items);
    if (!page.more || !page.items.length) return all;
  }
}

/** One message as a line; what it says goes on below, so that nobody can make up a line of somebody else. */
export function line(message: VisitorMessage, i18n: Texts, rare: RareTexts): string {
  const { author, activity, attachments, quote } = message;
  const at = new Date(message.at).toLocaleString(i18n.locale, {
    dateStyle: 'short',
    timeStyle: 'short',
  });
  if (activity) {
    const { verb } = activity;
    if (verb === 'rating_asked') return '';
    return `[${at}] ${verb === 'resolved' || verb === 'reopened' ? i18n.t(verb) : rare(verb)}`;
  }
  const who = author.kind === 'customer' ? i18n.t('you') : (author.name ?? i18n.t('agent'));
  const said = message.recalled_at
    ? [rare('recalled')]
    : [
        quote && `> ${quote.recalled ? rare('recalled') : quote.text || quote.file}`,
        message.text,
        ...attachments.map(({ name }) => `[${name}]`),
      ].filter(Boolean);
  const edited = message.edited_at && !message.recalled_at ? ` (${rare('edited')})` : '';
  return `[${at}] ${who}${edited}:\n${said.join('\n').replace(/^/gm, '    ')}`;
}

/** Rejects if it cannot be loaded. */
export async function saveTranscript(client: Client, i18n: Texts): Promise<void> {
  const messages = await everything(client);
  const rare = rareTexts(i18n.locale);
  const { channel } = client.state;
  const title = [channel?.organisation, channel?.name].filter(Boolean).join(' · ');
  const lines = messages.map((message) => line(message, i18n, rare)).filter(Boolean);
  // The mark in front tells old editors that it is UTF-8.
  const text = `\uFEFF${[title, ...lines].join('\n\n')}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const day = new Date().toISOString().slice(0, 10);
  const link = el('a', { href: url, download: `${channel?.name ?? 'chat'} ${day}.txt` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const transcriptFailed = (i18n: Texts): string => rareTexts(i18n.locale)('transcriptFailed');
