// Words that are said often: kept in the settings, found with a slash, filled in and sent.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, startParlor } from './harness.mjs';
import { password, setUp, signInAs, sizes, visitorSays } from './shop.mjs';

const samples = [
  [
    '物流/查询',
    '快递几天能到',
    'daohuo',
    '您好 {{customer.name|顾客}}，一般 2–3 天送达，请您耐心等待。',
  ],
  [
    '物流/退货',
    '退款说明',
    'tuikuan',
    '您好 {{customer.name|顾客}}，退款会在 3 个工作日内原路退回。',
  ],
  ['Delivery', 'When will it arrive', 'arrive', 'Hi {{customer.name|there}}, it takes 2–3 days.'],
  ['', 'Loyalty', 'loyal', 'Your level is {{customer.tier}}, your number {{customer.number}}.'],
];

describe('quick replies', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let shop;
  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    browser = await launchBrowser();
    for (const [folder, title, shortcut, text] of samples) {
      await shop.post('/quick-replies', { scope: 'shared', folder, title, shortcut, text });
    }
    const ada = { name: 'Ada', email: 'ada@example.org', role: 'agent', password };
    await shop.post('/users', ada);
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  const open = async (email, name, words, options) => {
    const attributes = { tier: 'Gold' };
    const id = await visitorSays(parlor.origin, shop.channel.key, name, words, { attributes });
    const person = await signInAs(browser, parlor.origin, email, options);
    await person.page.goto(`${parlor.origin}/inbox/unassigned/${id}`);
    await person.page.locator('.composer-input').waitFor();
    return { person, page: person.page, id };
  };
  const wide = () => document.documentElement.scrollWidth - innerWidth;

  it('are inserted by keys alone, filled in, sent and counted', async () => {
    const { person, page, id } = await open('ada@example.org', 'Mei', 'Where is my parcel?');
    await page.keyboard.press('r');
    await page.keyboard.press('/');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('arr');
    await page.getByRole('option', { name: 'When will it arrive' }).waitFor();
    await page.keyboard.press('Enter');
    const box = page.locator('.composer-input');
    assert.equal(await box.inputValue(), 'Hi Mei, it takes 2–3 days.');
    assert(await box.evaluate((input) => input === document.activeElement));
    await page.keyboard.press('Enter');
    await shop.until(async () =>
      (await shop.messages({ id })).some(({ text }) => text === 'Hi Mei, it takes 2–3 days.'),
    );
    const { items } = await shop.get('/quick-replies');
    assert.equal(items.find(({ shortcut }) => shortcut === 'arrive').used, 1);
    person.quiet();
    await person.leave();
  });

  it('say what is not known, know the customer’s attributes, and leave a slash to who wants one', async () => {
    const { person, page } = await open('ada@example.org', 'Tom', 'Am I a gold member?');
    const box = page.locator('.composer-input');
    await page.keyboard.press('r');
    await page.keyboard.press('/');
    await page.keyboard.type('loyal');
    await page.getByRole('option', { name: /Your level is Gold/ }).waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await box.inputValue(), 'Your level is Gold, your number .');
    await page.getByText('Not known, please complete: customer.number').waitFor();
    await box.fill('');
    await page.keyboard.press('/');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.press('Enter');
    assert.equal(await box.inputValue(), '/');
    await page.keyboard.type('tmp/');
    assert.equal(await box.inputValue(), '/tmp/', 'a slash in a text is a slash');
    await box.fill('');
    await page.keyboard.press('/');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('combobox').waitFor({ state: 'detached' });
    assert(await box.evaluate((input) => input === document.activeElement), 'the focus is lost');
    person.quiet();
    await person.leave();
  });

  it('are kept from what was written, for oneself', async () => {
    const { person, page } = await open('ada@example.org', 'Zoe', 'Thank you!');
    await page.locator('.composer-input').fill('You are welcome, {{customer.name}}!');
    await page.getByRole('button', { name: /Insert a quick reply/ }).click();
    await page.getByRole('option', { name: /Keep what I wrote/ }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByLabel('For whom').count(), 0, 'an agent shares nothing');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Fill this in').or(dialog.locator('.field-error')).first().waitFor();
    await dialog.getByLabel('Title').fill('Welcome');
    await dialog.getByLabel('Shortcut').fill('/yw');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.goto(`${parlor.origin}/settings/replies`);
    await page.getByRole('tab', { name: /My own/ }).click();
    await page.locator('.thing', { hasText: 'Welcome' }).getByText('/yw').waitFor();
    assert.equal(await page.getByRole('button', { name: 'New quick reply' }).count(), 1);
    await page.getByRole('tab', { name: /Shared/ }).click();
    assert.equal(await page.getByRole('button', { name: 'New quick reply' }).count(), 0);
    person.quiet();
    await person.leave();
  });

  it('are made, changed, deleted and brought back in the settings, and other screens follow', async () => {
    const lin = await signInAs(browser, parlor.origin, 'lin@example.org');
    const { person: ada, page: desk } = await open('ada@example.org', 'Bo', 'Hello?');
    await desk.locator('.composer-input').focus();
    await desk.keyboard.press('/');
    await desk.getByRole('option', { name: 'Loyalty' }).waitFor();
    const page = lin.page;
    await page.goto(`${parlor.origin}/settings/replies`);
    await page.getByRole('button', { name: 'New quick reply' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Title').fill('Opening hours');
    await dialog.getByLabel('Text').fill('We are here from 9 to 18, ');
    await dialog.getByRole('button', { name: '{{agent.name}}' }).click();
    await dialog.getByLabel('Shortcut').fill('arrive');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Another one has this already.').waitFor();
    // The refusal itself.
    lin.complaints.length = 0;
    await dialog.getByLabel('Shortcut').fill('hours');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    const row = page.locator('.thing', { hasText: 'Opening hours' });
    await row.getByText('We are here from 9 to 18, {{agent.name}}').waitFor();
    await desk.getByRole('option', { name: 'Opening hours' }).waitFor();

    await row.getByRole('button', { name: /Actions/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    await desk.getByRole('option', { name: 'Opening hours' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await row.waitFor();
    await desk.getByRole('option', { name: 'Opening hours' }).waitFor();
    lin.quiet();
    ada.quiet();
    await lin.leave();
    await ada.leave();
  });

  for (const [size, options] of Object.entries(sizes)) {
    for (const [locale, colorScheme] of [
      ['en', 'light'],
      ['zh-CN', 'dark'],
      ['zh-TW', 'light'],
    ]) {
      it(`look well and are accessible: ${size}, ${locale}, ${colorScheme}`, async () => {
        await shop.ask('PATCH', '/me', { locale });
        const { person, page } = await open(
          'lin@example.org',
          '陈思远',
          '请问这款茶壶什么时候有货？',
          { ...options, colorScheme },
        );
        await page.locator('.composer-input').focus();
        await page.keyboard.press('/');
        await page.getByRole('option').first().waitFor();
        await person.screenshot(`replies-picker-${size}-${locale}`);
        await person.accessible();
        await page.keyboard.press('Escape');
        await page.goto(`${parlor.origin}/settings/replies`);
        await page.locator('.thing').first().waitFor();
        await person.screenshot(`replies-settings-${size}-${locale}`);
        await person.accessible();
        assert(!((await page.evaluate(wide)) > 0), 'the page is too wide');
        await page.locator('.settings-actions button').click();
        await page.getByRole('dialog').waitFor();
        await person.screenshot(`replies-edit-${size}-${locale}`);
        await person.accessible();
        await person.leave();
      });
    }
  }
});
