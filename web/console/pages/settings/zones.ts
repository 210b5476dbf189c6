/** What this browser knows of, and the one that is chosen. */
export const zoneOptions = (current: string): [string, string][] =>
  [...new Set(['UTC', current, ...Intl.supportedValuesOf('timeZone')])]
    .filter(Boolean)
    .map((id) => [id, id.replaceAll('_', ' ')]);
