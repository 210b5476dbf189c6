// The agents' console against the real product: an organisation is set up, two people work in two
// browsers, a visitor writes through the API. One story; each part builds on the one before.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';

const password = 'a quiet pot of green tea';
const headers = { 'X-Parlor-Request': '1' };

/** Somebody in a chat, without the widget. */
async function openVisitor(origin, channel) {
  const post = async (path, body, token) => {
    const answer = await fetch(`${origin}/api/v1/visitor${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    assert(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const { token } = await post('/session', { channel, locale: 'zh-CN' });
  return {
    says: (text) =>
      post('/messages', { client_id: crypto.randomUUID(), text, attachments: [] }, token),
    is: (identity) => post('/identify', identity, token),
    looksAt: (page) => post('/page', page, token),
    reads: (conversation, seq) => post('/read', { conversation, delivered: seq, read: seq }, token),
    async hears() {
      const answer = await fetch(`${origin}/api/v1/visitor/messages`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return (await answer.json()).items;
    },
  };
}

/** A line the page may not cross at the narrowest screen we promise. */
async function fits(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(wide <= 0, `the page is ${wide} px too wide`);
}

describe('the console', { timeout: 900_000 }, () => {
  let parlor;
  let browser;
  let lin;
  let ada;
  let visitor;
  let adaPassword;
  let channelKey;
  let conversation;
  const people = [];

  const open = async (options) => {
    const person = await openPerson(browser, parlor.origin, options);
    person.page.setDefaultTimeout(10_000);
    person.go = (path) => person.page.goto(parlor.origin + path);
    person.sees = (text) => person.page.getByText(text).first().waitFor();
    person.api = (method, path, data) =>
      person.context.request.fetch(`${parlor.origin}/api/v1${path}`, { method, headers, data });
    people.push(person);
    return person;
  };
  const signIn = async (person, email, secret) => {
    await person.page.getByLabel('E-mail').fill(email);
    await person.page.getByLabel('Password', { exact: true }).fill(secret);
    await person.page.keyboard.press('Enter');
  };
  const write = async (person, text) => {
    const box = person.page.locator('#composer-input');
    await box.fill(text);
    await box.press('Enter');
  };

  before(async () => {
    parlor = await startParlor();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  it('is set up with the link of the server, and with nothing else', async () => {
    const secret = /\/setup#(\S+)/.exec(parlor.log())?.[1];
    assert(secret, `no set-up link in the log:\n${parlor.log()}`);
    lin = await open();
    await lin.go('/');
    await lin.sees('parlor serve');
    await lin.go('/setup#not-the-secret');
    await lin.page.getByLabel('Organisation').fill('Celadon');
    await lin.page.getByLabel('Your name').fill('林小雨');
    await lin.page.getByLabel('E-mail').fill('lin@celadon.example');
    await lin.page.getByLabel('Password', { exact: true }).fill('too short');
    await lin.page.getByRole('button', { name: 'Create' }).click();
    await lin.sees('At least 12 characters');
    await lin.accessible();
    await lin.page.getByLabel('Password', { exact: true }).fill(password);
    await lin.page.getByRole('button', { name: 'Create' }).click();
    await lin.sees('This set-up link is not valid any more.');

    await lin.go('/');
    await lin.go(`/setup#${secret}`);
    await lin.page.getByLabel('Organisation').fill('Celadon');
    await lin.page.getByLabel('Your name').fill('林小雨');
    await lin.page.getByLabel('E-mail').fill('lin@celadon.example');
    await lin.page.getByLabel('Password', { exact: true }).fill(password);
    await lin.screenshot('console-setup');
    await lin.page.getByRole('button', { name: 'Create' }).click();
    await lin.sees('Your parlor is open');
    const snippet = await lin.page.locator('.copy-text').innerText();
    channelKey = /data-channel="(wc_[\w-]+)"/.exec(snippet)?.[1];
    assert.equal(
      snippet,
      `<script src="${parlor.origin}/widget.js" data-channel="${channelKey}" async></script>`,
    );
    await lin.page.getByRole('button', { name: 'Open the inbox' }).click();
    await lin.sees('All caught up');
    await lin.accessible();
  });

  it('adds a colleague, who signs in with the password shown once', async () => {
    await lin.go('/settings/people');
    await lin.page.getByRole('button', { name: 'Add a person' }).click();
    const dialog = lin.page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Ada Lovelace');
    await dialog.getByLabel('E-mail').fill('ada@celadon.example');
    await dialog.getByRole('button', { name: 'Add a person' }).click();
    await lin.sees('Ada Lovelace can sign in now');
    adaPassword = await dialog.locator('.copy-text').nth(1).innerText();
    await dialog.getByRole('button', { name: 'Done' }).click();

    ada = await open();
    await ada.go('/inbox/all');
    await signIn(ada, 'ada@celadon.example', 'not her password');
    await ada.sees('E-mail or password is wrong.');
    await signIn(ada, 'ada@celadon.example', adaPassword);
    await ada.sees('No open conversations');
    await lin.page.locator('.thing', { hasText: 'Ada' }).getByText('Online').waitFor();
  });

  it('does not offer an agent what is for administrators', async () => {
    await ada.go('/settings/people');
    await ada.sees('ada@celadon.example');
    assert.equal(await ada.page.getByRole('button', { name: 'Add a person' }).count(), 0);
    assert.equal(await ada.page.getByRole('link', { name: 'Organisation' }).count(), 0);
    await ada.go('/settings/organisation');
    await ada.sees('There is nothing here for you');
  });

  it('shows what a visitor writes to everybody at once', async () => {
    await lin.go('/inbox/unassigned');
    await ada.go('/inbox/all');
    await ada.sees('No open conversations');
    visitor = await openVisitor(parlor.origin, channelKey);
    await visitor.is({ name: '陈思远', email: 'chen@mail.example', attributes: { plan: 'Gold' } });
    await visitor.looksAt({ url: 'https://shop.example/pot', title: '紫砂壶', referrer: '' });
    await visitor.says('请问这款茶壶什么时候有货?');
    for (const person of [lin, ada]) {
      const row = person.page.locator('.row', { hasText: '陈思远' });
      await row.getByText('请问这款茶壶什么时候有货').waitFor();
      assert.equal(
        await row
          .locator('.row-count')
          .innerText()
          .then((text) => text.trim().endsWith('1')),
        true,
      );
    }
    await lin.page.locator('.side-badge-strong', { hasText: '1' }).waitFor();
    await lin.page.waitForFunction(() => document.title.startsWith('(1) '));
  });

  it('lets one of them take it, by keyboard, while the other looks on', async () => {
    await lin.page.keyboard.press('j');
    await lin.page.keyboard.press('Enter');
    await lin.page.waitForURL(/\/inbox\/unassigned\/cnv_/);
    conversation = /cnv_\w+/.exec(lin.page.url())[0];
    await ada.page.locator('.row').first().click();
    await lin.sees('Gold');
    await lin.sees('紫砂壶');
    await lin.accessible();
    await ada.page.keyboard.press('m');
    await ada.sees('You took this');
    await lin.sees('Ada Lovelace took this');
    await lin.page.locator('.row').waitFor({ state: 'detached' });
    await ada.page.locator('.row-count').waitFor({ state: 'detached' });
  });

  it('keeps a note from the visitor and brings them the answer', async () => {
    await lin.page.keyboard.press('n');
    await write(lin, '库存系统说周五到货');
    await ada.page.locator('.bubble-note', { hasText: '库存系统说周五到货' }).waitFor();
    await ada.page.keyboard.press('r');
    await ada.page.keyboard.type('Friday j e r!');
    await lin.sees('Ada Lovelace is typing…');
    await ada.page.keyboard.press('Enter');
    await lin.page.locator('.bubble-ours', { hasText: 'Friday j e r!' }).waitFor();
    await ada.page.locator('.bubble-waiting').waitFor({ state: 'detached' });
    assert.equal(await ada.page.locator('.bubble-ours', { hasText: 'Friday' }).count(), 1);
    const heard = await visitor.hears();
    const texts = heard.map((message) => message.text);
    assert(texts.includes('Friday j e r!'));
    assert(!texts.some((text) => text.includes('库存系统')));
    const answer = heard.find((message) => message.text === 'Friday j e r!');
    await visitor.reads(answer.conversation, answer.seq);
    await ada.page.locator('.ticks-read').first().waitFor();
  });

  it('sends files and shows pictures', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    await ada.page.setInputFiles('.composer input[type=file]', [
      { name: '茶壶.png', mimeType: 'image/png', buffer: png },
      { name: 'price list.txt', mimeType: 'text/plain', buffer: Buffer.from('68') },
    ]);
    await ada.page.locator('.composer-send').click();
    await lin.page.locator('.attachment-picture').click();
    await lin.page.locator('.viewer[open] img').waitFor();
    await lin.page.keyboard.press('Escape');
    await lin.page.locator('.attachment-file', { hasText: 'price list.txt' }).waitFor();
  });

  it('explains when somebody was faster', async () => {
    await lin.page.route(
      '**/changes',
      async (route) => {
        await ada.api('POST', `/conversations/${conversation}/assign`, { assignee: null });
        await route.continue();
      },
      { times: 1 },
    );
    await lin.page.keyboard.press('a');
    await lin.page.keyboard.type('小雨');
    await lin.page.keyboard.press('Enter');
    await lin.sees('This changed meanwhile: nobody has it now.');
    await lin.page.locator('.toast-error').getByRole('button').click();
    await lin.page.keyboard.press('a');
    await lin.page.keyboard.type('ada');
    await lin.page.keyboard.press('Enter');
    await ada.sees('林小雨 assigned this to you');
  });

  it('resolves, takes that back, and reopens when the visitor writes again', async () => {
    await ada.go(`/inbox/mine/${conversation}`);
    await ada.sees('Friday j e r!');
    await ada.page.keyboard.press('e');
    await ada.page.getByRole('button', { name: 'Undo' }).click();
    await ada.page.locator('.row', { hasText: '陈思远' }).waitFor();
    await ada.go(`/inbox/mine/${conversation}`);
    await ada.page.getByRole('button', { name: 'Resolve' }).click();
    await ada.sees('Nothing is with you');
    await lin.go('/inbox/resolved');
    await lin.page.locator('.row', { hasText: '陈思远' }).waitFor();
    await visitor.says('还有一个问题');
    await ada.page.locator('.row', { hasText: '还有一个问题' }).waitFor();
    await lin.page.locator('.row').waitFor({ state: 'detached' });
  });

  it('keeps what was being written, and loses nothing while offline', async () => {
    await ada.go(`/inbox/mine/${conversation}`);
    await ada.page.locator('#composer-input').fill('half a sentence');
    await ada.page.reload();
    await ada.page.locator('.row-draft').waitFor();
    assert.equal(await ada.page.locator('#composer-input').inputValue(), 'half a sentence');
    await ada.context.setOffline(true);
    await ada.sees('You are offline.');
    await write(ada, 'written without a line');
    await ada.page.locator('.bubble-waiting').waitFor();
    await visitor.says('你们还在吗');
    await ada.context.setOffline(false);
    await ada.sees('你们还在吗');
    await ada.page.locator('.bubble-waiting').waitFor({ state: 'detached' });
    const heard = await visitor.hears();
    assert.equal(heard.filter(({ text }) => text === 'written without a line').length, 1);
  });

  it('finds one Chinese character and opens the message it is in', async () => {
    for (let i = 0; i < 70; i++) {
      await lin.api('POST', `/conversations/${conversation}/messages`, {
        client_id: crypto.randomUUID(),
        kind: 'note',
        text: `note ${i}`,
        attachments: [],
      });
    }
    await lin.page.keyboard.press('/');
    await lin.page.getByLabel('Search all messages').fill('壶');
    await lin.page.locator('.hit mark', { hasText: '壶' }).first().waitFor();
    await lin.accessible();
    await lin.page.locator('.hit', { hasText: '请问' }).click();
    const marked = lin.page.locator('.bubble-marked', { hasText: '请问这款茶壶' });
    await marked.waitFor();
    const box = await marked.boundingBox();
    assert(box.y > 0 && box.y < 900, 'the message is not on the screen');
    await lin.page.getByRole('button', { name: 'To the newest message' }).click();
    await lin.sees('note 69');
    await lin.go('/search?q=nothing-like-this');
    await lin.sees('Nothing found for “nothing-like-this”');
  });

  it('changes what is known of a customer, for everybody', async () => {
    await lin.go(`/inbox/all/${conversation}`);
    await ada.go(`/inbox/all/${conversation}`);
    await lin.page.getByRole('button', { name: /^Phone/ }).click();
    await lin.page.keyboard.type('+86 10 5555 0100');
    await lin.page.keyboard.press('Enter');
    await ada.page.locator('.panel').getByText('+86 10 5555 0100').waitFor();
  });

  it('changes a channel, the organisation and oneself', async () => {
    await lin.go('/settings/channels');
    await lin.page.getByRole('link', { name: 'Website' }).first().click();
    await lin.page.getByLabel('Chat title').fill('青瓷客服');
    await lin.page.getByLabel('Allowed sites').fill('shop.example');
    await lin.page.getByRole('button', { name: 'Save' }).click();
    await lin.sees('Each line is an address without a path');
    await lin.page.getByLabel('Allowed sites').fill('https://shop.example');
    await lin.page.getByRole('button', { name: 'Save' }).click();
    await lin.sees('Saved');
    await lin.accessible();
    const face = await fetch(`${parlor.origin}/api/v1/visitor/channel?key=${channelKey}`);
    assert.equal((await face.json()).settings.title, '青瓷客服');

    await lin.go('/settings/organisation');
    await lin.page.getByLabel('Name').fill('青瓷 Celadon');
    await lin.page.getByRole('button', { name: 'Save' }).click();
    await ada.page.locator('.side-brand', { hasText: '青瓷 Celadon' }).waitFor();

    await lin.go('/settings/profile');
    await lin.page.getByLabel('Language').selectOption('zh-CN');
    await lin.page.getByRole('button', { name: 'Save' }).click();
    await lin.page.getByRole('heading', { name: '个人资料' }).waitFor();
    await lin.page.getByLabel('语言').selectOption('en');
    await lin.page.getByRole('button', { name: '保存' }).click();
    await lin.page.getByRole('heading', { name: 'Profile' }).waitFor();
  });

  it('makes a token that works until it is revoked', async () => {
    await lin.go('/settings/tokens');
    await lin.page.getByRole('button', { name: 'Create a token' }).first().click();
    const dialog = lin.page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('nightly report');
    await dialog.getByRole('button', { name: 'Create a token' }).click();
    const secret = await dialog.locator('.copy-text').innerText();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const ask = () =>
      fetch(`${parlor.origin}/api/v1/conversations?view=all`, {
        headers: { authorization: `Bearer ${secret}` },
      }).then((answer) => answer.status);
    assert.equal(await ask(), 200);
    await lin.page.getByRole('button', { name: 'Revoke' }).click();
    await lin.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await lin.sees('Token revoked');
    assert.equal(await ask(), 401);
  });

  it('signs a person out everywhere and brings them back to where they were', async () => {
    await ada.go(`/inbox/all/${conversation}`);
    await ada.sees('note 69');
    await lin.go('/settings/people');
    await lin.page.getByRole('button', { name: 'Actions for Ada Lovelace' }).click();
    await lin.page.getByRole('menuitem', { name: 'Reset the password' }).click();
    const dialog = lin.page.getByRole('dialog');
    adaPassword = await dialog.getByLabel('Password', { exact: true }).inputValue();
    await dialog.getByRole('button', { name: 'Reset the password' }).click();
    await lin.sees('Hand these over now');
    await ada.sees('You were signed out.');
    await signIn(ada, 'ada@celadon.example', adaPassword);
    await ada.sees('note 69');
    assert(ada.page.url().endsWith(conversation));
    await ada.page.locator('.account').click();
    await ada.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await ada.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('shows the real chat on the demo page', async () => {
    await lin.go(`/try?channel=${channelKey}`);
    await lin.page.getByRole('heading', { name: 'Slow mornings, good tea' }).waitFor();
    await lin.page.locator('parlor-chat').getByRole('button').first().click();
    await lin.page.frameLocator('parlor-chat iframe').getByRole('textbox').waitFor();
    await lin.page.getByRole('link', { name: 'Open the inbox' }).click();
    await lin.page.waitForURL(/\/inbox\//);
    assert.equal(await lin.page.locator('parlor-chat').count(), 0);
  });

  for (const [size, viewport] of [
    ['desktop', { width: 1440, height: 900 }],
    ['phone', { width: 390, height: 844 }],
    ['narrowest', { width: 320, height: 640 }],
  ]) {
    for (const [colorScheme, locale] of [
      ['light', 'zh-CN'],
      ['dark', 'zh-CN'],
      ['light', 'en-US'],
      ['dark', 'en-US'],
    ]) {
      it(`is whole and accessible: ${size}, ${colorScheme}, ${locale}`, async () => {
        await lin.api('PATCH', '/me', { locale: locale === 'en-US' ? 'en' : locale });
        const state = await lin.context.storageState();
        const person = await open({ viewport, colorScheme, locale, storageState: state });
        for (const [name, path, ready] of [
          ['inbox', '/inbox/all', '.row'],
          ['conversation', `/inbox/all/${conversation}`, '.bubble'],
          ['search', '/search?q=note', '.hit'],
          ['profile', '/settings/profile', '.card'],
          ['channels', '/settings/channels', '.thing'],
          ['people', '/settings/people', '.thing'],
          ['organisation', '/settings/organisation', '.card'],
          ['tokens', '/settings/tokens', '.empty'],
        ]) {
          await person.go(path);
          await person.page.locator(ready).first().waitFor();
          await fits(person.page);
          await person.accessible();
          await person.screenshot(`console-${name}-${size}-${colorScheme}-${locale}`);
        }
        await person.page.getByText(/API/).first().waitFor();
        await person.leave();
        const stranger = await open({ viewport, colorScheme, locale });
        for (const [name, path, ready] of [
          ['sign-in', '/', 'input[type=password]'],
          ['setup', '/setup#used', 'h1'],
          ['try', `/try?channel=${channelKey}`, 'h1'],
        ]) {
          await stranger.page.goto('about:blank');
          await stranger.go(path);
          await stranger.page.locator(ready).first().waitFor();
          await fits(stranger.page);
          await stranger.accessible();
          await stranger.screenshot(`console-${name}-${size}-${colorScheme}-${locale}`);
        }
        await stranger.leave();
      });
    }
  }

  it('stayed on its server and reported no error of its own', () => {
    for (const person of people) {
      person.stayedHome();
      // Chromium writes every refused or failed request into the console; those were on purpose.
      const own = person.complaints.filter(
        (text) => !/Failed to load resource|WebSocket connection to/.test(text),
      );
      assert.deepEqual(own, []);
    }
  });
});
