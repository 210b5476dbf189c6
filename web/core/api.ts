// The REST side of the protocol with all its methods; core/http.ts is the part the chat needs.
import { type ApiOptions, createHttp, type Http, jsonBody } from './http';

export { ApiError, type ApiOptions, isTransient, problemToError } from './http';

export interface Api extends Http {
  patch<T>(path: string, body: unknown): Promise<T>;
  put<T>(path: string, body?: BodyInit, headers?: Record<string, string>): Promise<T>;
  delete<T>(path: string): Promise<T>;
}

export function createApi(options: ApiOptions): Api {
  const http = createHttp(options);
  return {
    ...http,
    patch: (path, body) => http.json('PATCH', path, jsonBody(body)),
    put: (path, body, headers) =>
      http.json('PUT', path, { ...(body && { body }), ...(headers && { headers }) }),
    delete: (path) => http.json('DELETE', path),
  };
}
