// The built pages under the policy the product serves them with, before any server is involved.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson } from './harness.mjs';

const dist = new URL('../../web/dist/', import.meta.url);
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
  "connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'self'";
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const openapi = {
  openapi: '3.1.0',
  info: { title: 'Parlor', version: '1' },
  paths: { '/api/x': { get: { summary: 'Something', responses: { 200: { description: 'ok' } } } } },
};

/** Just enough of the product's addresses to show its pages. */
function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://local');
  if (pathname === '/favicon.ico') return response.writeHead(204).end();
  if (pathname === '/stray') {
    response.setHeader('content-type', 'text/html');
    return response.end(
      '<!doctype html><title>x</title><img src="http://elsewhere.test/x.png" alt="">',
    );
  }
  if (pathname === '/api/openapi.json') {
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(openapi));
  }
  let path = 'console/index.html';
  if (pathname.startsWith('/assets/')) path = pathname.slice('/assets/'.length);
  if (pathname.startsWith('/c/')) path = 'chat/index.html';
  if (pathname === '/api-docs') path = 'api-docs/index.html';
  response.setHeader('content-type', `${types[extname(path)]}; charset=utf-8`);
  response.setHeader('content-security-policy', policy);
  response.end(readFileSync(new URL(path, dist)));
}

describe('the built web', () => {
  const server = createServer(serve);
  let browser;
  let origin;

  before(async () => {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${server.address().port}`;
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    server.close();
  });

  for (const [name, path, ready] of [
    ['chat', '/c/main', 'h1'],
    ['console', '/', 'h1'],
    ['console at a deep address', '/inbox/mine', 'h1'],
    ['api-docs', '/api-docs', '.opblock'],
  ]) {
    for (const colorScheme of ['light', 'dark']) {
      it(`${name} runs under the policy and asks nobody else (${colorScheme})`, async () => {
        const person = await openPerson(browser, origin, { colorScheme });
        await person.page.goto(origin + path);
        await person.page.waitForSelector(ready);
        await person.screenshot(`built-${name.replaceAll(' ', '-')}-${colorScheme}`);
        person.quiet();
        person.stayedHome();
        // Swagger UI's own markup is not ours to mend.
        if (name !== 'api-docs') await person.accessible();
        await person.leave();
      });
    }
  }

  it('speaks the language of the browser', async () => {
    const person = await openPerson(browser, origin, { locale: 'zh-HK' });
    await person.page.goto(`${origin}/c/main`);
    await person.page.waitForSelector('h1');
    assert.equal(await person.page.getAttribute('html', 'lang'), 'zh-TW');
    await person.leave();
  });

  it('would be caught asking somebody else', async () => {
    const person = await openPerson(browser, origin);
    await person.page.goto(`${origin}/stray`);
    assert.deepEqual(person.strayed, ['http://elsewhere.test/x.png']);
    await person.leave();
  });
});
