// Everything a visitor can put into the chat, and what happens when it does not arrive.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { setUp } from './shop.mjs';

const png =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mPgL8sjCTGMahjVMHw1AADRzfMB51v/iwAAAABJRU5ErkJggg==';
const arrived = '.sign[aria-label="Sent"], .sign[aria-label="Delivered"], .sign[aria-label="Read"]';
const messages = '**/api/v1/visitor/messages';

describe('what a visitor puts in', () => {
  let parlor;
  let browser;
  let agent;

  before(async () => {
    parlor = await startParlor();
    agent = await setUp(parlor);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  /** Somebody with the chat as a page; `init` runs before the page's own scripts. */
  async function visit({ init, ...options } = {}) {
    const person = await openPerson(browser, parlor.origin, {
      viewport: { width: 420, height: 700 },
      ...options,
    });
    const { page } = person;
    if (init) await page.addInitScript(init);
    await page.goto(`${parlor.origin}/c/${agent.channel.key}`);
    await page.locator('textarea').waitFor();
    const row = (text) => page.locator('.row', { hasText: text }).first();
    return Object.assign(person, {
      row,
      box: page.locator('textarea'),
      send: page.getByRole('button', { name: 'Send', exact: true }),
      async says(text) {
        await page.locator('textarea').fill(text);
        await page.locator('textarea').press('Enter');
        await row(text).waitFor();
      },
      /** The newest message is on the server's disk. */
      sent: () => page.locator(arrived).last().waitFor(),
    });
  }

  /** What people said, without "Lin opened this". */
  const texts = async (conversation) =>
    (await agent.messages(conversation)).filter(({ kind }) => kind === 'text');

  /** Files as the clipboard or the mouse hands them over. */
  const handOver = (page, selector, event, files) =>
    page.evaluate(
      ([selector, event, files]) => {
        const data = new DataTransfer();
        for (const { name, type, base64 } of files) {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          data.items.add(new File([bytes], name, { type }));
        }
        const init = { bubbles: true, cancelable: true };
        const made =
          event === 'paste'
            ? new ClipboardEvent('paste', { ...init, clipboardData: data })
            : new DragEvent(event, { ...init, dataTransfer: data });
        return document.querySelector(selector).dispatchEvent(made);
      },
      [selector, event, files],
    );

  it('takes a pasted picture, and leaves pasted words to the browser', async () => {
    const visitor = await visit();
    const { page } = visitor;
    assert.equal(await handOver(page, 'textarea', 'paste', []), true);
    const image = { name: 'shot.png', type: 'image/png', base64: png };
    assert.equal(await handOver(page, 'textarea', 'paste', [image]), false);
    await page.locator('.chip img').waitFor();
    await visitor.accessible();
    await visitor.says('this is what I see');
    await visitor.sent();
    await page.locator('.mine .picture img[src^="blob:"]').waitFor();
    const conversation = await agent.conversation('this is what I see');
    const [message] = await texts(conversation);
    assert.equal(message.attachments[0].width, 16);
    visitor.quiet();
    await visitor.leave();
  });

  it('takes a file that is dropped anywhere, and tells so while it hovers', async () => {
    const visitor = await visit();
    const { page } = visitor;
    const file = { name: '订单.txt', type: 'text/plain', base64: btoa('order') };
    await handOver(page, '.log', 'dragenter', [file]);
    await page.waitForFunction(() => document.ondragover);
    assert.equal(await handOver(page, '.log', 'dragover', [file]), false);
    await page.locator('body[data-drop="Drop files to attach them"]').waitFor();
    await visitor.screenshot('widget-drop');
    assert.equal(await handOver(page, '.log', 'drop', [file]), false);
    await page.locator('.chip', { hasText: '订单.txt' }).waitFor();
    assert.equal(await page.locator('body[data-drop]').count(), 0);
    await visitor.send.click();
    await visitor.sent();
    await page.locator('.mine .file', { hasText: '订单.txt' }).waitFor();
    visitor.quiet();
    await visitor.leave();
  });

  it('takes several files, lets one be removed, and says when they are too many', async () => {
    const visitor = await visit();
    const { page } = visitor;
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Attach files' }).click();
    const chooser = await choosing;
    assert.equal(chooser.isMultiple(), true);
    const files = Array.from({ length: 11 }, (_, i) => ({
      name: `part-${i}.txt`,
      mimeType: 'text/plain',
      buffer: Buffer.from(`${i}`),
    }));
    await chooser.setFiles(files);
    await page.locator('.chip').nth(9).waitFor();
    assert.equal(await page.locator('.chip').count(), 10);
    await page.locator('.hint', { hasText: 'At most 10 files' }).waitFor();
    await visitor.screenshot('widget-files');
    await visitor.accessible();
    await page.getByRole('button', { name: 'Remove part-0.txt' }).click();
    assert.equal(await page.locator('.chip').count(), 9);
    await visitor.says('nine parts');
    await visitor.sent();
    assert.equal(await page.locator('.mine .file').count(), 9);
    const [message] = await texts(await agent.conversation('nine parts'));
    assert.deepEqual(
      message.attachments.map(({ name }) => name),
      files.slice(1, 10).map(({ name }) => name),
    );
    visitor.quiet();
    await visitor.leave();
  });

  it('offers the camera on a phone only', async () => {
    const desk = await visit();
    assert.equal(await desk.page.getByRole('button', { name: 'Take a photo' }).count(), 0);
    await desk.leave();
    const visitor = await visit({ hasTouch: true, isMobile: true });
    const choosing = visitor.page.waitForEvent('filechooser');
    await visitor.page.getByRole('button', { name: 'Take a photo' }).tap();
    const input = (await choosing).element();
    const attributes = await input.evaluate((node) =>
      ['type', 'accept', 'capture', 'multiple'].map((name) => node.getAttribute(name)),
    );
    assert.deepEqual(attributes, ['file', 'image/*', 'environment', null]);
    await (await choosing).setFiles([
      { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') },
    ]);
    await visitor.page.locator('.chip img').waitFor();
    // Its keyboard has no Shift+Enter: Enter is a new line.
    await visitor.box.fill('a');
    await visitor.box.press('Enter');
    assert.equal(await visitor.box.inputValue(), 'a\n');
    await visitor.leave();
  });

  it('makes no sound before it was asked to, and remembers the choice', async () => {
    const visitor = await visit({
      init: () => {
        window.contexts = 0;
        const Real = window.AudioContext;
        window.AudioContext = class extends Real {
          constructor() {
            super();
            window.contexts++;
          }
        };
      },
    });
    const { page } = visitor;
    const bell = page.getByRole('button', { name: 'Sound for new messages' });
    const count = () => page.evaluate(() => window.contexts);
    const before = (await bell.getAttribute('aria-pressed')) === 'true';
    if (before) await bell.click();
    await visitor.says('quietly please');
    const conversation = await agent.conversation('quietly please');
    await agent.says(conversation, 'psst');
    await visitor.row('psst').waitFor();
    await page.waitForTimeout(200);
    assert.equal(await count(), 0);
    await bell.click();
    assert.equal(await bell.getAttribute('aria-pressed'), 'true');
    await agent.says(conversation, 'ding');
    await visitor.row('ding').waitFor();
    await page.waitForFunction(() => window.contexts === 1);
    await agent.says(conversation, 'dong');
    await visitor.row('dong').waitFor();
    await page.waitForTimeout(200);
    assert.equal(await count(), 1);
    await page.reload();
    await page.locator('button[aria-pressed="true"]').waitFor();
    visitor.quiet();
    await visitor.leave();
  });

  it('warns near 16 KiB and stops above, counting bytes as the server does', async () => {
    const visitor = await visit();
    const { page } = visitor;
    const hint = page.locator('.hint');
    await visitor.box.fill('好'.repeat(4000));
    assert.equal(await hint.textContent(), '');
    await visitor.box.fill('好'.repeat(5000));
    await page.locator('.hint', { hasText: 'almost too long' }).waitFor();
    assert.equal(await visitor.send.isEnabled(), true);
    await visitor.box.fill(`${'好'.repeat(5461)}ab`);
    await page.locator('.hint', { hasText: 'is too long' }).waitFor();
    assert.equal(await visitor.send.isDisabled(), true);
    assert.equal(await visitor.box.getAttribute('aria-invalid'), 'true');
    await visitor.screenshot('widget-too-long');
    await visitor.accessible();
    await visitor.box.press('Enter');
    assert.equal(await page.locator('.mine').count(), 0);
    // One byte less is exactly 16,384.
    await visitor.box.fill(`${'好'.repeat(5461)}a`);
    await visitor.box.press('Enter');
    await visitor.sent();
    assert.equal(await hint.textContent(), '');
    visitor.quiet();
    await visitor.leave();
  });

  it('shows what failed, tries again when asked, and deletes when asked', async () => {
    const visitor = await visit();
    const { page, context } = visitor;
    await context.route(messages, (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({
            status: 422,
            contentType: 'application/problem+json',
            body: JSON.stringify({ status: 422, code: 'input.invalid' }),
          })
        : route.continue(),
    );
    await visitor.says('try this again');
    const retry = page.getByRole('button', { name: 'Try again' });
    await retry.waitFor();
    await visitor.says('throw this away');
    await retry.nth(1).waitFor();
    await visitor.screenshot('widget-failed');
    await visitor.accessible();
    // It is still there, and still failed, after a reload.
    await page.reload();
    await retry.nth(1).waitFor();
    await page.getByRole('button', { name: 'Delete' }).nth(1).click();
    await visitor.row('throw this away').waitFor({ state: 'detached' });
    await context.unroute(messages);
    await retry.click();
    await visitor.sent();
    assert.equal(await retry.count(), 0);
    const all = await texts(await agent.conversation('try this again'));
    assert.deepEqual(
      all.map(({ text }) => text),
      ['try this again'],
    );
    await page.reload();
    await visitor.row('try this again').waitFor();
    assert.equal(await page.locator('.mine').count(), 1);
    await visitor.leave();
  });

  it('loads earlier messages on the way up without a jump, and tells of new ones below', async () => {
    const visitor = await visit();
    const { page } = visitor;
    await visitor.says('a long story');
    const conversation = await agent.conversation('a long story');
    for (let i = 1; i <= 70; i++) await agent.says(conversation, `chapter ${i}.`);
    await visitor.row('chapter 70.').waitFor();
    await page.reload();
    await visitor.row('chapter 70.').waitFor();
    assert.equal(await visitor.row('chapter 35.').count(), 0);
    const before = await page.locator('.row').count();
    const scroll = page.locator('.scroll');
    const atEnd = () =>
      scroll.evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight);
    assert(Math.abs(await atEnd()) < 2, 'it begins at the end');
    await scroll.evaluate((node) => {
      node.scrollTop = 60;
    });
    await page.waitForFunction((count) => document.querySelectorAll('.row').length > count, before);
    // What was on screen stays: the 30 loaded above did not push the reader to the top.
    assert((await scroll.evaluate((node) => node.scrollTop)) > 300, 'it jumped');
    await agent.says(conversation, 'an epilogue');
    const pill = page.getByRole('button', { name: 'New messages: 1' });
    await pill.waitFor();
    await visitor.screenshot('widget-pill');
    await visitor.accessible();
    assert((await atEnd()) > 300, 'a new message moved the reader');
    for (let i = 0; i < 10 && !(await visitor.row('a long story').count()); i++) {
      await scroll.evaluate((node) => {
        node.scrollTop = 0;
      });
      await page.waitForTimeout(200);
    }
    await visitor.row('a long story').waitFor();
    assert.equal(await page.locator('.row').count(), 72);
    await pill.click();
    await pill.waitFor({ state: 'hidden' });
    await page.waitForFunction(() => {
      const node = document.querySelector('.scroll');
      return node.scrollHeight - node.scrollTop - node.clientHeight < 2;
    });
    visitor.quiet();
    await visitor.leave();
  });

  it('keeps what is written offline, says so, and sends it once the network is back', async () => {
    const visitor = await visit();
    const { page, context } = visitor;
    await visitor.says('before the tunnel');
    await visitor.sent();
    await context.setOffline(true);
    const banner = page.locator('.banner', { hasText: 'You are offline' });
    await banner.waitFor();
    await visitor.says('in the tunnel, one');
    await visitor.says('in the tunnel, two');
    await page.locator('.sign[aria-label="Sending"]').last().waitFor();
    await visitor.screenshot('widget-offline');
    await visitor.accessible();
    await context.setOffline(false);
    await banner.waitFor({ state: 'detached' });
    await page.locator('.sign[aria-label="Sending"]').first().waitFor({ state: 'detached' });
    const all = await texts(await agent.conversation('tunnel, two'));
    assert.deepEqual(
      all.map(({ text }) => text),
      ['before the tunnel', 'in the tunnel, one', 'in the tunnel, two'],
    );
    visitor.stayedHome();
    await visitor.leave();
  });

  it('shows who is writing', async () => {
    const visitor = await visit();
    const { page } = visitor;
    await visitor.says('anybody there?');
    const conversation = await agent.conversation('anybody there?');
    const { secret } = await agent.post('/tokens', { name: 'typist' });
    // Node 20 has no WebSocket: a page of the server lends its own (not /healthz, where nothing may run).
    const lin = await openPerson(browser, parlor.origin);
    await lin.page.goto(`${parlor.origin}/c/wc_nothing`);
    await lin.page.evaluate(
      (token) =>
        new Promise((resolve) => {
          window.socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/socket`);
          window.say = (frame) => window.socket.send(JSON.stringify(frame));
          window.socket.onopen = () => window.say({ type: 'hello', protocol: 1, token });
          window.socket.onmessage = ({ data }) => JSON.parse(data).type === 'live' && resolve();
          // With a reset there may be nothing to replay.
          setTimeout(resolve, 1000);
        }),
      secret,
    );
    const types = (active) =>
      lin.page.evaluate((frame) => window.say(frame), {
        type: 'typing',
        conversation: conversation.id,
        active,
      });
    await types(true);
    await page.locator('.typing', { hasText: 'Lin is typing' }).waitFor();
    await page.locator('.dots').waitFor();
    await visitor.screenshot('widget-typing');
    await visitor.accessible();
    await types(false);
    await page.locator('.dots').waitFor({ state: 'detached' });
    await lin.leave();
    visitor.quiet();
    await visitor.leave();
  });
});
