// Handing a conversation over: asked for with the keyboard, taken or not, and what everybody sees of it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, startParlor } from './harness.mjs';
import { password, visitorSays as says, setUp, signInAs, speaks } from './shop.mjs';

const looks = {
  'desktop-en': { locale: 'en', options: { viewport: { width: 1280, height: 800 } } },
  'desktop-dark-zh-CN': {
    locale: 'zh-CN',
    options: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  },
  'phone-en': { locale: 'en', options: { viewport: { width: 375, height: 700 }, isMobile: true } },
  'phone-zh-CN': {
    locale: 'zh-CN',
    options: { viewport: { width: 375, height: 700 }, isMobile: true },
  },
};

describe('handing a conversation over', { timeout: 300_000 }, () => {
  let parlor;
  let browser;
  let ask;
  let conversation;
  let lin;
  let mia;

  const holder = async () => (await ask('GET', `/conversations/${conversation}`)).assignee;
  /** Of Lin, at her conversation, with keys alone. */
  const offer = async (page, note) => {
    await page.locator('.talk-head').waitFor();
    await page.locator('.talk').focus();
    await page.keyboard.press('h');
    const dialog = page.locator('dialog[open]');
    await dialog.waitFor();
    // The list has the focus: its first letter chooses.
    await page.keyboard.type('Mia');
    await page.keyboard.press('Tab');
    await page.keyboard.type(note);
    return dialog;
  };

  before(async () => {
    parlor = await startParlor();
    let channel;
    ({ ask, channel } = await setUp(parlor));
    browser = await launchBrowser();
    await ask('POST', '/users', { name: 'Mia', email: 'mia@example.org', role: 'agent', password });
    conversation = await says(parlor.origin, channel.key, '陈思远', '茶壶的盖子碎了，想退款');
    const { id } = await ask('GET', '/session');
    await ask('POST', `/conversations/${conversation}/assign`, { assignee: id });
    lin = await signInAs(browser, parlor.origin, 'lin@example.org', looks['desktop-en'].options);
    await lin.page.goto(`${parlor.origin}/inbox/mine/${conversation}`);
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  it('says that nobody is here to ask, and what can be done', async () => {
    await lin.page.locator('.talk-head').waitFor();
    await lin.page.locator('.talk').focus();
    await lin.page.keyboard.press('h');
    await lin.page.getByText('No colleague who serves this channel is here just now').waitFor();
    await lin.screenshot('transfer-nobody-desktop-en');
    await lin.page.getByRole('button', { name: 'Offer' }).click();
    await lin.page.getByText('Choose a colleague or the queue.').waitFor();
    await lin.page.keyboard.press('Escape');
  });

  for (const [name, { locale, options }] of Object.entries(looks)) {
    it(`is asked with a note, and declined with a word: ${name}`, async () => {
      mia = await signInAs(browser, parlor.origin, 'mia@example.org', options);
      await speaks(mia, locale);
      await mia.page.locator('.frame').waitFor();
      // What was said of the one before may still be on the screen.
      const word = `At lunch until one (${name})`;
      const dialog = await offer(lin.page, 'He is a regular. Please be generous.');
      if (name === 'desktop-en') {
        await lin.screenshot(`transfer-offering-${name}`);
        await lin.accessible();
      }
      await lin.page.keyboard.press('Tab');
      await dialog.getByRole('button', { name: 'Offer' }).click();
      await lin.page.getByText('Waiting for Mia to take this on').first().waitFor();
      const card = mia.page.locator('.transfer');
      await card.getByText('He is a regular. Please be generous.').waitFor();
      await mia.screenshot(`transfer-incoming-${name}`);
      await mia.accessible();
      assert.match(await mia.page.title(), /Lin/);
      if (name === 'desktop-en') await lin.screenshot(`transfer-waiting-${name}`);
      await mia.page.keyboard.press('d');
      await mia.page.locator('dialog[open] textarea').fill(word);
      await mia.screenshot(`transfer-declining-${name}`);
      await mia.accessible();
      await mia.page.locator('dialog[open] .button-primary').click();
      await card.waitFor({ state: 'detached' });
      await lin.page.getByText(`Mia declined: “${word}”`).waitFor();
      await lin.page.locator('.transfer-strip').waitFor({ state: 'detached' });
      assert.notEqual(await holder(), null);
      await mia.leave();
    });
  }

  it('is taken back, and then taken with one key', async () => {
    mia = await signInAs(browser, parlor.origin, 'mia@example.org', looks['desktop-en'].options);
    await speaks(mia, 'en');
    await mia.page.locator('.frame').waitFor();
    await (await offer(lin.page, 'First')).getByRole('button', { name: 'Offer' }).click();
    const card = mia.page.locator('.transfer');
    await card.waitFor();
    await lin.page.getByRole('button', { name: 'Take back' }).click();
    await card.waitFor({ state: 'detached' });
    await (await offer(lin.page, 'Second')).getByRole('button', { name: 'Offer' }).click();
    await card.getByText('Second').waitFor();
    await mia.page.keyboard.press('y');
    await mia.page.waitForURL(`**/inbox/mine/${conversation}`);
    await mia.page.getByText('You accepted it from Lin').waitFor();
    await card.waitFor({ state: 'detached' });
    await lin.page.getByText('Mia has taken the conversation on').waitFor();
    await lin.screenshot('transfer-history-desktop-en');
    const { items } = await ask('GET', '/users');
    assert.equal(await holder(), items.find((user) => user.name === 'Mia').id);
  });

  it('is given back to the queue from the command bar', async () => {
    await mia.page.keyboard.press('Control+k');
    await mia.page.keyboard.type('Hand over to');
    await mia.page.keyboard.press('Enter');
    await mia.page.locator('dialog[open] select').selectOption('queue');
    await mia.page.getByRole('button', { name: 'Give back' }).click();
    await mia.page.getByText('Back in the queue').first().waitFor();
    assert.equal(await holder(), null);
  });

  it('stayed on its server and reported no error of its own', () => {
    for (const person of [lin, mia]) {
      person.stayedHome();
      const own = person.complaints.filter((text) => !/Failed to load resource/.test(text));
      assert.deepEqual(own, []);
    }
  });
});
