// The REST side of the protocol with all its methods; core/http.ts is the part the chat needs.
import { type ApiOptions, createHttp, type Http, jsonBody } from './http';

export { ApiError, type ApiOptions, isTransient, problemToError } from './http';

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Api extends Http {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  put<T>(path: string, body?: BodyInit, headers?: Record<string, string>): Promise<T>;
  delete<T>(path: string): Promise<T>;
}

const withQuery = (path: string, query: Query = {}): string => {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== '');
  if (!given.length) return path;
  return `${path}?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
};

export function createApi(options: ApiOptions): Api {
  const http = createHttp(options);
  const { json } = http;
  return {
    ...http,
    get: (path, query, signal) => json('GET', withQuery(path, query), signal ? { signal } : {}),
    post: (path, body) => json('POST', path, jsonBody(body)),
    patch: (path, body) => json('PATCH', path, jsonBody(body)),
    put: (path, body, headers) =>
      json('PUT', path, { ...(body && { body }), ...(headers && { headers }) }),
    delete: (path) => json('DELETE', path),
  };
}
