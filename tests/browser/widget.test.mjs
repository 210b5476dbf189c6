// A visitor on somebody's site, and an agent who answers, with the real server between them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { setUp } from './shop.mjs';

const hostile = `
  * { all: unset !important; display: none !important; color: lime !important; }
  html, body { display: block !important; }
  iframe, div, button { visibility: hidden !important; position: static !important; }`;

describe('the widget', () => {
  let parlor;
  let browser;
  let site;
  let shop;
  let agent;
  let channel;
  /** What the site serves next: policy and inner HTML. */
  let dress = { policy: '', head: '', attributes: '' };

  before(async () => {
    parlor = await startParlor();
    agent = await setUp(parlor);
    channel = agent.channel.key;
    site = createServer((request, response) => {
      response.setHeader('content-type', 'text/html');
      if (dress.policy) response.setHeader('content-security-policy', dress.policy);
      response.end(
        `<!doctype html><html lang="en"><head><title>Shop ${request.url}</title>${dress.head}</head>` +
          `<body><h1>Shop</h1><a href="#x">a link</a><script src="${parlor.origin}/widget.js" ` +
          `data-channel="${channel}" ${dress.attributes} async></script></body></html>`,
      );
    });
    await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
    shop = `http://localhost:${site.address().port}`;
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    site?.close();
    await parlor?.stop();
  });

  async function visit({ policy = '', head = '', attributes = '', ...options } = {}) {
    dress = { policy, head, attributes };
    const person = await openPerson(browser, [parlor.origin, shop], options);
    await person.page.goto(shop);
    await person.page.locator('parlor-chat button').waitFor();
    const chat = person.page.frameLocator('parlor-chat iframe');
    return Object.assign(person, {
      chat,
      box: chat.locator('textarea'),
      launcher: person.page.locator('parlor-chat button'),
      async says(text) {
        await this.box.fill(text);
        await this.box.press('Enter');
        await chat.locator('.row.mine', { hasText: text }).waitFor();
      },
      sees: (text) => chat.locator('.row', { hasText: text }).first().waitFor(),
    });
  }

  it('may use camera and microphone in its frame', async () => {
    const visitor = await visit();
    await visitor.launcher.click();
    await visitor.box.waitFor();
    const frame = visitor.page.frames().find((one) => one.url().includes('/c/'));
    const allowed = await frame.evaluate(() =>
      ['camera', 'microphone', 'display-capture', 'fullscreen', 'geolocation'].filter((feature) =>
        document.featurePolicy.allowsFeature(feature),
      ),
    );
    assert.deepEqual(allowed, ['camera', 'microphone', 'display-capture', 'fullscreen']);
    await visitor.leave();
  });

  it('is a button and nothing else until it is opened', async () => {
    const requests = [];
    const person = await openPerson(browser, [parlor.origin, shop]);
    person.context.on('request', (request) => requests.push(new URL(request.url()).pathname));
    dress = { policy: '', head: '', attributes: '' };
    await person.page.goto(shop);
    await person.page.locator('parlor-chat button').waitFor();
    await person.page.waitForTimeout(300);
    assert.deepEqual(
      requests.filter((path) => path !== '/favicon.ico'),
      ['/', '/widget.js'],
    );
    assert.equal(await person.page.evaluate(() => localStorage.length + document.cookie.length), 0);
    assert.equal(await person.page.locator('iframe').count(), 0);
    await person.accessible();
    await person.leave();
  });

  it('talks both ways on a page with the strictest policy', async () => {
    const policy = `default-src 'none'; script-src ${parlor.origin}; frame-src ${parlor.origin}; style-src 'none'`;
    const visitor = await visit({ policy, viewport: { width: 1440, height: 900 } });
    await visitor.launcher.click();
    await visitor.says('Where is order 4417? https://shop.example/4417');
    assert.equal(
      await visitor.chat.locator('.mine a').getAttribute('href'),
      'https://shop.example/4417',
    );
    const conversation = await agent.conversation('order 4417');
    await agent.says(conversation, 'On its way!');
    await visitor.sees('On its way!');
    await agent.reads(conversation);
    await visitor.chat.locator('.mine .sign[aria-label="Read"]').waitFor();
    await visitor.screenshot('widget-desktop-light');
    await visitor.accessible();
    visitor.quiet();
    visitor.stayedHome();
    await visitor.leave();
  });

  it('counts what came while it was closed, and gives the focus back', async () => {
    const visitor = await visit();
    await visitor.launcher.click();
    await visitor.says('I shall close this');
    const conversation = await agent.conversation('I shall close this');
    await visitor.box.press('Escape');
    await visitor.page.locator('parlor-chat button[aria-expanded="false"]').waitFor();
    assert.equal(
      await visitor.page.evaluate(() => document.querySelector('parlor-chat').shadowRoot.activeElement?.tagName),
      'BUTTON',
    );
    await agent.says(conversation, 'One');
    await agent.says(conversation, 'Two');
    await visitor.page.locator('parlor-chat b', { hasText: '2' }).waitFor();
    await visitor.page.evaluate(() => window.Parlor.open());
    await visitor.chat.locator('.unread').waitFor();
    await visitor.page.locator('parlor-chat b:empty').waitFor({ state: 'attached' });
    await visitor.leave();
  });

  it('keeps messages while the line is down, over a reload too, and sends them once', async () => {
    const visitor = await openPerson(browser, parlor.origin);
    await visitor.page.goto(`${parlor.origin}/c/${channel}`);
    const box = visitor.page.locator('textarea');
    await box.fill('first');
    await box.press('Enter');
    await visitor.page.locator('.mine .sign[aria-label="Sent"], .mine .sign[aria-label="Delivered"]').first().waitFor();
    const messages = '**/api/v1/visitor/messages';
    await visitor.context.route(messages, (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await box.fill('second');
    await box.press('Enter');
    await visitor.page.locator('.mine .sign[aria-label="Sending"]').waitFor();
    await visitor.page.reload();
    await visitor.page.locator('.mine', { hasText: 'second' }).waitFor();
    await visitor.context.unroute(messages);
    await visitor.page.locator('.mine .sign[aria-label="Sending"]').waitFor({ state: 'detached' });
    const conversation = await agent.conversation('second');
    const texts = (await agent.messages(conversation)).map((message) => message.text);
    assert.equal(texts.filter((text) => text === 'second').length, 1);
    await visitor.leave();
  });

  it('does not send the Enter that chooses a Chinese word', async () => {
    const visitor = await visit({ attributes: 'data-locale="zh-CN"' });
    await visitor.launcher.click();
    await visitor.box.fill('你好');
    for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
      await visitor.box.dispatchEvent('keydown', { key: 'Enter', bubbles: true, ...how });
    }
    await visitor.page.waitForTimeout(100);
    assert.equal(await visitor.box.inputValue(), '你好');
    assert.equal(await visitor.chat.locator('html').getAttribute('lang'), 'zh-CN');
    await visitor.says('你好');
    await visitor.accessible();
    await visitor.leave();
  });

  it('sends a picture and a file, and shows them again after a reload', async () => {
    const visitor = await openPerson(browser, parlor.origin);
    await visitor.page.goto(`${parlor.origin}/c/${channel}`);
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mPgL8sjCTGMahjVMHw1AADRzfMB51v/iwAAAABJRU5ErkJggg==',
      'base64',
    );
    const choosing = visitor.page.waitForEvent('filechooser');
    await visitor.page.getByRole('button', { name: 'Attach files' }).click();
    await (await choosing).setFiles([
      { name: 'a.png', mimeType: 'image/png', buffer: png },
      { name: '报告.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
    ]);
    await visitor.page.locator('.chip').nth(1).waitFor();
    await visitor.page.getByRole('button', { name: 'Send', exact: true }).click();
    await visitor.page.locator('.mine .sign[aria-label="Sent"], .mine .sign[aria-label="Delivered"]').first().waitFor();
    await visitor.page.reload();
    await visitor.page.locator('.picture img[src^="blob:"]').waitFor();
    const saving = visitor.page.waitForEvent('download');
    await visitor.page.locator('.file', { hasText: '报告.txt' }).click();
    assert.equal((await saving).suggestedFilename(), '报告.txt');
    await visitor.page.locator('.picture').click();
    await visitor.page.getByRole('dialog').waitFor();
    await visitor.accessible();
    await visitor.page.keyboard.press('Escape');
    await visitor.page.getByRole('dialog').waitFor({ state: 'detached' });
    visitor.quiet();
    visitor.stayedHome();
    await visitor.leave();
  });

  it('keeps a file that could not leave, over a reload', async () => {
    const visitor = await openPerson(browser, parlor.origin);
    await visitor.page.goto(`${parlor.origin}/c/${channel}`);
    await visitor.page.locator('textarea').waitFor();
    const uploads = '**/api/v1/visitor/attachments';
    await visitor.context.route(uploads, (route) => route.abort());
    const choosing = visitor.page.waitForEvent('filechooser');
    await visitor.page.getByRole('button', { name: 'Attach files' }).click();
    const buffer = Buffer.from('kept');
    await (await choosing).setFiles([{ name: 'kept.txt', mimeType: 'text/plain', buffer }]);
    // It is tried after it is kept, and shown before.
    const tried = visitor.page.waitForRequest(uploads);
    await visitor.page.getByRole('button', { name: 'Send', exact: true }).click();
    await tried;
    await visitor.page.locator('.mine .file', { hasText: 'kept.txt' }).waitFor();
    await visitor.page.reload();
    await visitor.page.locator('.mine .file', { hasText: 'kept.txt' }).waitFor();
    await visitor.context.unroute(uploads);
    const sent = '.mine .sign[aria-label="Sent"], .mine .sign[aria-label="Delivered"]';
    await visitor.page.locator(sent).waitFor();
    await visitor.page.reload();
    await visitor.page.locator(sent).waitFor();
    assert.equal(await visitor.page.locator('.file').count(), 1);
    await visitor.leave();
  });

  it('tells the page what happens, and the agents who is there', async () => {
    const visitor = await visit();
    await visitor.page.evaluate(() => {
      window.heard = [];
      for (const name of ['ready', 'open', 'close', 'unread', 'message']) {
        window.Parlor.on(name, (event) => window.heard.push([name, event.detail]));
      }
      window.Parlor.push(['identify', { name: 'Mei', email: 'mei@example.org' }]);
      window.Parlor.open();
    });
    await visitor.says('who am I?');
    const conversation = await agent.conversation('who am I?');
    assert.equal(conversation.customer.name, 'Mei');
    await visitor.page.evaluate(() => history.pushState({}, '', '/checkout'));
    await agent.until(async () =>
      (await agent.get(`/customers/${conversation.customer.id}`)).page?.url.endsWith('/checkout'),
    );
    await agent.says(conversation, 'Mei!');
    await visitor.sees('Mei!');
    await visitor.page.evaluate(() => window.Parlor.close());
    const heard = await visitor.page.evaluate(() => window.heard);
    const names = heard.map(([name]) => name);
    for (const name of ['ready', 'open', 'message', 'close']) assert(names.includes(name), name);
    assert(!JSON.stringify(heard).includes('Mei!'), 'a text reached the page');
    await visitor.leave();
  });

  it('survives hostile styles', async () => {
    const visitor = await visit({ head: `<style>${hostile}</style>` });
    await visitor.launcher.click();
    await visitor.says('still here');
    await visitor.leave();
  });

  for (const [width, height] of [
    [390, 844],
    [320, 568],
  ]) {
    for (const colorScheme of ['light', 'dark']) {
      for (const locale of ['en-US', 'zh-CN']) {
        it(`fits ${width} × ${height}, ${locale}, ${colorScheme}`, async () => {
          const visitor = await visit({
            viewport: { width, height },
            colorScheme,
            locale,
            attributes: `data-locale="${locale}" data-color="#0f766e"`,
          });
          await visitor.launcher.click();
          await visitor.says(locale === 'zh-CN' ? '你好,我想问一下订单' : 'Hello, about my order');
          const frame = await visitor.page.locator('parlor-chat iframe').boundingBox();
          assert.deepEqual(frame, { x: 0, y: 0, width, height });
          assert.equal(
            await visitor.chat.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth),
            0,
          );
          await visitor.screenshot(`widget-${width}-${locale}-${colorScheme}`);
          await visitor.accessible();
          await visitor.leave();
        });
      }
    }
  }

  for (const locale of ['en-US', 'zh-CN']) {
    it(`sits in the corner of 1440 × 900, ${locale}, dark`, async () => {
      const visitor = await visit({
        viewport: { width: 1440, height: 900 },
        colorScheme: 'dark',
        locale,
        attributes: `data-locale="${locale}"`,
      });
      await visitor.launcher.click();
      const words = locale === 'zh-CN' ? '订单 4418 什么时候到？' : 'When does order 4418 arrive?';
      await visitor.says(words);
      const conversation = await agent.conversation(words);
      await agent.says(conversation, locale === 'zh-CN' ? '明天下午。' : 'Tomorrow afternoon.');
      await visitor.chat.locator('.row.theirs').waitFor();
      const frame = await visitor.page.locator('parlor-chat iframe').boundingBox();
      assert.deepEqual(frame, { x: 1020, y: 128, width: 400, height: 680 });
      await visitor.screenshot(`widget-1440-${locale}-dark`);
      await visitor.accessible();
      await visitor.leave();
    });
  }

  it('says clearly that a chat does not exist', async () => {
    const visitor = await openPerson(browser, parlor.origin);
    await visitor.page.goto(`${parlor.origin}/c/wc_nothing`);
    await visitor.page.getByRole('heading', { name: 'This chat is not available' }).waitFor();
    await visitor.accessible();
    await visitor.leave();
  });
});
