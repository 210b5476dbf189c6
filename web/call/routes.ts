// The requests of a call. Agents and visitors have the same ones under different addresses.
import { type Http, jsonBody } from '../core/http';
import type {
  Call,
  CallIce,
  CallJoined,
  CallMedia,
  QualityDigest,
  Stroke,
  SuperviseMode,
} from '../protocol/calls';

export interface OwnState {
  muted?: boolean;
  camera?: boolean;
  screen?: boolean;
}

export type Recording = 'start' | 'pause' | 'resume' | 'stop';

export function createRoutes(http: Http, base: '/calls' | '/visitor/calls') {
  const post = <T>(path: string, body?: unknown): Promise<T> =>
    http.json('POST', base + path, jsonBody(body));
  const act =
    (what: string) =>
    (id: string): Promise<Call> =>
      post(`/${id}/${what}`);
  return {
    /** What one takes part in, or what rings here. */
    current: async (): Promise<Call | undefined> =>
      (await http.json<{ call: Call | null }>('GET', `${base}/current`)).call ?? undefined,
    get: (id: string): Promise<Call> => http.json('GET', `${base}/${id}`),
    ask: (media: CallMedia): Promise<Call> => post('', { media }),
    accept: act('accept'),
    decline: act('decline'),
    cancel: act('cancel'),
    hangUp: act('hang-up'),
    ice: (id: string): Promise<CallIce> => http.json('GET', `${base}/${id}/ice`),
    join: (id: string, offer: string): Promise<CallJoined> => post(`/${id}/join`, { offer }),
    state: (id: string, state: OwnState): Promise<void> => post(`/${id}/state`, state),
    consent: (id: string, agreed: boolean): Promise<void> => post(`/${id}/consent`, { agreed }),
    strokes: async (id: string): Promise<{ leg: string; stroke: Stroke }[]> =>
      (
        await http.json<{ items: { leg: string; stroke: Stroke }[] }>(
          'GET',
          `${base}/${id}/strokes`,
        )
      ).items,
    stroke: (id: string, stroke: Stroke): Promise<void> => post(`/${id}/strokes`, { stroke }),
    quality: (id: string, digest: QualityDigest): Promise<void> => post(`/${id}/quality`, digest),
    invite: (id: string, user: string): Promise<Call> => post(`/${id}/invite`, { user }),
    transfer: (id: string, user: string): Promise<Call> => post(`/${id}/transfer`, { user }),
    supervise: (id: string, mode: SuperviseMode): Promise<Call> =>
      post(`/${id}/supervise`, { mode }),
    record: (id: string, action: Recording, reason?: string): Promise<Call> =>
      post(`/${id}/recording`, { action, ...(reason && { reason }) }),
  };
}

export type CallRoutes = ReturnType<typeof createRoutes>;
