// Who is at the desk: known after one request, lost whenever the server says so.
import { signal } from '@preact/signals';
import { ApiError, createApi } from '../../core/api';
import type { Me } from '../../protocol/types';

export type Session =
  | { readonly kind: 'loading' }
  | { readonly kind: 'unreachable' }
  /** No organisation yet. */
  | { readonly kind: 'new' }
  | { readonly kind: 'out'; readonly expired: boolean }
  | { readonly kind: 'in'; readonly me: Me };

export const session = signal<Session>({ kind: 'loading' });

async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.status === 401 && session.peek().kind === 'in') {
    const problem = await response
      .clone()
      .json()
      .catch(() => undefined);
    // A wrong password, asked for once more, is a 401 too and ends nothing.
    if (problem?.code !== 'session.wrong_credentials') expire();
  }
  return response;
}

export const api = createApi({ base: '/api/v1', fetch: watchedFetch });

export const putJson = <T>(path: string, body: unknown): Promise<T> =>
  api.put<T>(path, JSON.stringify(body), { 'Content-Type': 'application/json' });

/** Whoever was here stays where they were: the sign-in form takes the place of the page. */
export function expire(): void {
  session.value = { kind: 'out', expired: true };
}

export function enter(me: Me): void {
  session.value = { kind: 'in', me };
}

/** After a change of one's own name, picture or language. */
export function updateMe(patch: Partial<Me>): void {
  const current = session.peek();
  if (current.kind === 'in') session.value = { kind: 'in', me: { ...current.me, ...patch } };
}

export async function resume(): Promise<void> {
  session.value = { kind: 'loading' };
  try {
    enter(await api.get<Me>('/session'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) await askSetup();
    else session.value = { kind: 'unreachable' };
  }
}

async function askSetup(): Promise<void> {
  try {
    const { needed } = await api.get<{ needed: boolean }>('/setup');
    session.value = needed ? { kind: 'new' } : { kind: 'out', expired: false };
  } catch {
    session.value = { kind: 'out', expired: false };
  }
}

export async function signIn(email: string, password: string): Promise<void> {
  enter(await api.post<Me>('/session', { email, password }));
}

export async function signOut(): Promise<void> {
  await api.delete('/session');
  session.value = { kind: 'out', expired: false };
}
