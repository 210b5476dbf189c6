// The questions before a conversation, being edited.
import type { PrechatField } from '../../../../protocol/types';

export type Option = PrechatField['options'][number];

/** A name for answers that no other question has; it stays when the label changes. */
export function freshId(fields: readonly PrechatField[]): string {
  const taken = new Set(fields.map(({ id }) => id));
  let n = fields.length + 1;
  while (taken.has(`q${n}`)) n += 1;
  return `q${n}`;
}

export function moved<T>(list: readonly T[], from: number, by: -1 | 1): T[] {
  const next = [...list];
  const [one] = next.splice(from, 1);
  if (one !== undefined) next.splice(Math.max(0, from + by), 0, one);
  return next;
}

/** Another kind: only a choice has choices. */
export const ofKind = (field: PrechatField, kind: PrechatField['kind']): PrechatField => ({
  ...field,
  kind,
  options: kind === 'choice' ? (field.options.length ? field.options : [emptyOption]) : [],
});

export const emptyOption: Option = { text: '', tag: null };

/** Those that may be asked besides these: what is the customer's is asked once. */
export const kindsFor = (
  fields: readonly PrechatField[],
  current?: PrechatField['kind'],
): PrechatField['kind'][] =>
  (['name', 'email', 'phone', 'text', 'choice'] as const).filter(
    (kind) =>
      kind === current ||
      kind === 'text' ||
      kind === 'choice' ||
      !fields.some((field) => field.kind === kind),
  );
