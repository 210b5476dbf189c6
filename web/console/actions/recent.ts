// What somebody chose in the command bar lately, on this machine.

const key = 'parlor.recent';
const keptMax = 8;

export function recent(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

export function used(id: string): void {
  const next = [id, ...recent().filter((other) => other !== id)].slice(0, keptMax);
  try {
    localStorage.setItem(key, JSON.stringify(next));
  } catch {
    // Blocked storage: nothing is remembered.
  }
}
