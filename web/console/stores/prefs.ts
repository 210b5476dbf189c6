// What belongs to this browser rather than to the person.
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

interface Prefs {
  readonly theme: Theme;
  readonly sound: boolean;
  readonly notifications: boolean;
  /** The customer's details next to a conversation. */
  readonly panel: boolean;
}

const key = 'parlor.prefs';
const defaults: Prefs = { theme: 'system', sound: true, notifications: false, panel: true };

function load(): Prefs {
  try {
    return { ...defaults, ...JSON.parse(localStorage.getItem(key) ?? '{}') };
  } catch {
    // Storage is blocked or holds something else: start over.
    return defaults;
  }
}

export const prefs = signal<Prefs>(load());

export function setPrefs(patch: Partial<Prefs>): void {
  prefs.value = { ...prefs.peek(), ...patch };
  try {
    localStorage.setItem(key, JSON.stringify(prefs.peek()));
  } catch {
    // Then it holds until the tab is closed.
  }
}

export function applyTheme(): void {
  effect(() => {
    const { theme } = prefs.value;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  });
}
