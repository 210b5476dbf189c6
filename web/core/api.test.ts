import { describe, expect, it } from 'vitest';
import { type ApiError, createApi, isTransient } from './api';

type Call = { url: string; init: RequestInit };

function api(answer: () => Response | Promise<Response>, token?: string) {
  const calls: Call[] = [];
  const made = createApi({
    base: '/api/v1',
    fetch: async (url, init) => {
      calls.push({ url: String(url), init: init ?? {} });
      return answer();
    },
    ...(token && { token: () => token }),
  });
  return { made, calls };
}

describe('api', () => {
  it('speaks for the cookie and proves that the request is ours', async () => {
    const { made, calls } = api(() => Response.json({ ok: true }));
    await made.post('/x', { a: 1 });
    expect(calls[0]?.init).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      credentials: 'same-origin',
      headers: { 'X-Parlor-Request': '1', 'Content-Type': 'application/json' },
    });
  });

  it('speaks for a token without any cookie', async () => {
    const { made, calls } = api(() => new Response(null, { status: 204 }), 'plv_1');
    expect(await made.post('/x')).toBeUndefined();
    expect(calls[0]?.init.credentials).toBe('omit');
    expect(calls[0]?.init.headers).toEqual({ Authorization: 'Bearer plv_1' });
  });

  it('writes queries and leaves out what is not given', async () => {
    const { made, calls } = api(() => Response.json([]));
    await made.get('/x', { q: '你好 &', after: null, limit: 5 });
    expect(calls[0]?.url).toBe('/api/v1/x?q=%E4%BD%A0%E5%A5%BD+%26&limit=5');
  });

  it('turns a problem into an error with its code', async () => {
    const { made } = api(() =>
      Response.json(
        { code: 'input.invalid', fields: [{ field: 'email', code: 'invalid' }] },
        { status: 422 },
      ),
    );
    const error = (await made.get('/x').catch((e) => e)) as ApiError;
    expect(error).toMatchObject({ code: 'input.invalid', status: 422 });
    expect(error.fields).toEqual([{ field: 'email', code: 'invalid' }]);
    expect(isTransient(error)).toBe(false);
  });

  it('understands a proxy that does not speak our language', async () => {
    const { made } = api(
      () => new Response('<html>', { status: 502, headers: { 'Retry-After': '4' } }),
    );
    const error = (await made.get('/x').catch((e) => e)) as ApiError;
    expect(error).toMatchObject({ code: 'server.unavailable', retryAfter: 4 });
    expect(isTransient(error)).toBe(true);
  });

  it.each([
    ['no answer', () => Promise.reject(new TypeError('failed'))],
    ['half an answer', () => new Response('{"a":', { status: 200 })],
  ])('%s is a network error', async (_, answer) => {
    const { made } = api(answer);
    const error = (await made.get('/x').catch((e) => e)) as ApiError;
    expect(error.code).toBe('network');
    expect(isTransient(error)).toBe(true);
  });
});
