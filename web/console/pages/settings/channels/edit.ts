// A channel being edited: a copy, what is different from the saved one, and what is wrong with it.
import type { Channel, ChannelSettings } from '../../../../protocol/types';

export interface ChannelDraft extends ChannelSettings {
  readonly name: string;
  readonly active: boolean;
  readonly everyone: boolean;
  readonly members: string[];
  /** One a line, as it is typed. */
  readonly originsText: string;
  /** Likewise. */
  readonly ratingTagsText: string;
}

export const draftOf = (channel: Channel): ChannelDraft => ({
  ...channel.settings,
  name: channel.name,
  active: channel.active,
  everyone: channel.everyone,
  members: channel.members,
  originsText: channel.settings.origins.join('\n'),
  ratingTagsText: channel.settings.rating.tags.join('\n'),
});

const tagLines = (text: string): string[] =>
  text
    .split(/[\n,，]+/)
    .map((line) => line.trim())
    .filter(Boolean);

export const originLines = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .map((line) => line.replace(/\/+$/, ''))
    .filter(Boolean);

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.origin === text.toLowerCase();
  } catch {
    return false;
  }
}

export type DraftProblem =
  | 'name'
  | 'colour'
  | 'origins'
  | 'reopen_hours'
  | 'revise_minutes'
  | 'handback_after_s';

/** A minute to a week, as the server has it. */
export const handbackBounds = { min: 60, max: 604_800 } as const;

/** Up to a week. */
export const reviseBounds = { min: 0, max: 10_080 } as const;

export function problems(draft: ChannelDraft): DraftProblem[] {
  const found: DraftProblem[] = [];
  if (!draft.name.trim()) found.push('name');
  if (!/^#[0-9a-f]{6}$/i.test(draft.colour)) found.push('colour');
  if (!originLines(draft.originsText).every(isOrigin)) found.push('origins');
  const hours = draft.reopen_hours;
  if (!Number.isInteger(hours) || hours < 0) found.push('reopen_hours');
  const minutes = draft.revise_minutes;
  if (!Number.isInteger(minutes) || minutes < reviseBounds.min || minutes > reviseBounds.max)
    found.push('revise_minutes');
  const seconds = draft.handback_after_s;
  const { min, max } = handbackBounds;
  if (!Number.isInteger(seconds) || seconds < min || seconds > max) found.push('handback_after_s');
  return found;
}

/** What `PATCH /channels/{id}` gets: only what is different. */
export function changes(channel: Channel, draft: ChannelDraft): Record<string, unknown> {
  const { name, active, everyone, members, originsText, ratingTagsText, ...rest } = draft;
  const rating = { ...rest.rating, tags: tagLines(ratingTagsText) };
  const settings = { ...rest, origins: originLines(originsText), rating };
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const keys = Object.keys(settings) as (keyof ChannelSettings)[];
  return {
    ...(name.trim() !== channel.name && { name: name.trim() }),
    ...(active !== channel.active && { active }),
    ...(everyone !== channel.everyone && { everyone }),
    ...(differs([...members].sort(), [...channel.members].sort()) && { members }),
    ...(keys.some((key) => differs(settings[key], channel.settings[key])) && { settings }),
  };
}
