// Variables of a quick reply. `{{customer.name|there}}`: what stands after the bar is said when the name is not known.

export type Values = Readonly<Record<string, string | null | undefined>>;

export interface Filled {
  readonly text: string;
  /** Variables that nobody knows and that had nothing to stand in for them. */
  readonly missing: readonly string[];
}

const variable = /\{\{\s*([\p{L}\p{N}_.-]+)\s*(?:\|([^{}]*))?\}\}/gu;

export function fill(template: string, values: Values): Filled {
  const missing = new Set<string>();
  const text = template.replace(variable, (_, name: string, instead: string | undefined) => {
    const known = values[name];
    if (known) return known;
    if (instead === undefined) missing.add(name);
    return instead?.trim() ?? '';
  });
  return { text, missing: [...missing] };
}

/** Those every conversation has; a customer's own attributes come on top. */
export const variables = [
  'customer.name',
  'customer.email',
  'customer.phone',
  'agent.name',
  'organisation',
  'channel',
] as const;
