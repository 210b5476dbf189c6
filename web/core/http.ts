// Requests as the protocol wants them. Every failure is an ApiError with a stable `code`.
import type { FieldProblem, Problem } from '../protocol/types';

export class ApiError extends Error {
  /** As in docs/protocol.md, or `network` when there was no answer. */
  declare readonly code: string;
  declare readonly status: number;
  /** Seconds. */
  declare readonly retryAfter: number | undefined;
  declare readonly fields: readonly FieldProblem[];

  constructor(code: string, status = 0, retryAfter?: number, fields: readonly FieldProblem[] = []) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.fields = fields;
  }
}

/** Whether the same request may succeed later; otherwise a repeat is useless. */
export const isTransient = (error: unknown): boolean =>
  !(error instanceof ApiError) ||
  error.code === 'network' ||
  error.retryAfter !== undefined ||
  error.status >= 500;

export interface ApiOptions {
  /** `https://host/api/v1`, or `/api/v1` on the server's own pages. */
  readonly base: string;
  readonly fetch: typeof fetch;
  /** A visitor's or a program's token. Without one the session cookie speaks. */
  readonly token?: () => string | undefined;
}

/** What both apps use. */
export interface Http {
  /** Any method; `init.body` as it is. */
  json<T>(method: string, path: string, init?: RequestInit): Promise<T>;
  /** For answers that are not JSON. Throws ApiError like the others. */
  request(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** What a request of one's own (XMLHttpRequest, for upload progress) must carry. */
  headers(): Record<string, string>;
  url(path: string): string;
}

export const jsonBody = (body: unknown): RequestInit =>
  body === undefined
    ? {}
    : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };

export function problemToError(status: number, body: unknown, retryAfter?: string | null) {
  // A proxy's answer is no problem+json.
  const problem = (body ?? {}) as Partial<Problem>;
  const code = problem.code ?? (status < 500 ? 'request.malformed' : 'server.unavailable');
  const seconds = problem.retry_after ?? Number(retryAfter ?? Number.NaN);
  return new ApiError(code, status, seconds >= 0 ? seconds : undefined, problem.fields);
}

export function createHttp(options: ApiOptions): Http {
  const url = (path: string): string => options.base + path;
  const headers = (): Record<string, string> => {
    const token = options.token?.();
    return token ? { Authorization: `Bearer ${token}` } : { 'X-Parlor-Request': '1' };
  };

  async function request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await options.fetch(url(path), {
        ...init,
        method,
        headers: { ...headers(), ...(init.headers as Record<string, string>) },
        credentials: options.token ? 'omit' : 'same-origin',
      });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError('network');
    }
    if (response.ok) return response;
    const body = await response.json().catch(() => undefined);
    throw problemToError(response.status, body, response.headers.get('Retry-After'));
  }

  async function json<T>(method: string, path: string, init?: RequestInit): Promise<T> {
    const response = await request(method, path, init);
    if (response.status === 204) return undefined as T;
    try {
      return (await response.json()) as T;
    } catch {
      // The line broke in the middle of the answer.
      throw new ApiError('network');
    }
  }

  return { json, request, headers, url };
}
