// A shop with a chat, and its owner as a program.
import assert from 'node:assert/strict';
import { openPerson } from './harness.mjs';

export const password = 'correct horse battery staple';

export const sizes = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

/** Somebody of the organisation at the console. */
export async function signInAs(browser, origin, email, options) {
  const person = await openPerson(browser, origin, options);
  person.page.setDefaultTimeout(10_000);
  await person.page.goto(`${origin}/inbox/unassigned`);
  await person.page.locator('input[type="email"]').fill(email);
  await person.page.locator('input[type="password"]').fill(password);
  await person.page.keyboard.press('Enter');
  await person.page.locator('.list').waitFor();
  // That nobody was signed in yet.
  person.complaints.length = 0;
  return person;
}

/** At the console, in this language from now on. */
export async function speaks({ page, context }, locale) {
  const { origin } = new URL(page.url());
  const changed = await context.request.fetch(`${origin}/api/v1/me`, {
    method: 'PATCH',
    headers: { 'X-Parlor-Request': '1' },
    data: { locale },
  });
  assert(changed.ok());
  await page.reload();
}

/** A new visitor with a name writes; answers the conversation's id. */
export async function visitorSays(origin, key, name, text, more = {}) {
  const post = async (path, body, token) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const url = `${origin}/api/v1/visitor${path}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    assert(answer.ok, `${path}: ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const { token } = await post('/session', { channel: key, locale: 'zh-CN' });
  await post('/identify', { name, ...more }, token);
  const client_id = crypto.randomUUID();
  const { conversation } = await post('/messages', { client_id, text, attachments: [] }, token);
  return conversation;
}

/** Makes the organisation by the one-time link of the log; the answer acts as its owner. */
export async function setUp({ origin, log }) {
  const secret = /\/setup#([\w-]+)/.exec(log())?.[1];
  assert(secret, `no set-up link in the log:\n${log()}`);
  let cookie = '';
  const ask = async (method, path, body) => {
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-parlor-request': '1', cookie, origin },
      ...(body && { body: JSON.stringify(body) }),
    });
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    const text = await answer.text();
    assert(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  const { channel } = await ask('POST', '/setup', {
    secret,
    organisation: 'Aurora Tea',
    admin: { name: 'Lin', email: 'lin@example.org', password },
    channel: { name: 'Shop' },
    locale: 'en',
  });
  const until = async (look) => {
    for (const end = Date.now() + 10_000; ; ) {
      const found = await look();
      if (found) return found;
      assert(Date.now() < end, 'waited 10 s in vain');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const get = (path) => ask('GET', path);
  return {
    channel,
    ask,
    get,
    /** Some settings of the channel; the others stay. */
    changes: async (some) => {
      const { settings } = await get(`/channels/${channel.id}`);
      await ask('PATCH', `/channels/${channel.id}`, { settings: { ...settings, ...some } });
    },
    post: (path, body) => ask('POST', path, body),
    until,
    /** The open conversation whose newest words contain the text. */
    conversation: (text) =>
      until(async () =>
        (await get('/conversations?view=all')).items.find((item) =>
          item.last_message?.text.includes(text),
        ),
      ),
    says: ({ id }, text) =>
      ask('POST', `/conversations/${id}/messages`, {
        client_id: crypto.randomUUID(),
        kind: 'text',
        text,
        attachments: [],
      }),
    reads: async ({ id }) => {
      const { last_seq } = await get(`/conversations/${id}`);
      await ask('POST', `/conversations/${id}/read`, { seq: last_seq });
    },
    messages: async ({ id }) => (await get(`/conversations/${id}/messages`)).items,
  };
}
