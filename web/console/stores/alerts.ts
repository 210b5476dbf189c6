// Alerts of the server that are raised just now: administrators see them wherever they are.
import { signal } from '@preact/signals';
import type { Alert } from '../../protocol/status';
import { api } from './session';

const everyMs = 30_000;

export const raised = signal<readonly Alert[]>([]);

export async function loadRaised(): Promise<void> {
  raised.value = (await api.get<{ items: Alert[] }>('/alerts/raised')).items;
}

/** Looks now, and again while the page is seen; stops when told. */
export function watchAlerts(): () => void {
  // A server that does not answer is told of elsewhere; what was known stays.
  const look = () => document.visibilityState === 'visible' && loadRaised().catch(() => undefined);
  look();
  const timer = setInterval(look, everyMs);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
    raised.value = [];
  };
}

export async function acknowledge(alert: Alert): Promise<void> {
  await api.post(`/alerts/${alert.rule}/acknowledge`);
  await loadRaised();
}
