// Writing: answers that name what they answer, words that are mended and taken back, colleagues called in a note, and drafts
// that are there at another machine; by keys where there are keys, on both sides.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { password, setUp, signInAs, sizes } from './shop.mjs';

const small = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { ...sizes.phone, viewport: { width: 375, height: 700 } },
};

describe('writing', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let shop;
  let visitor;
  let conversation;
  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    await shop.post('/users', { name: '王芳', email: 'fang@example.org', role: 'agent', password });
    browser = await launchBrowser();
    visitor = await openPerson(browser, parlor.origin);
    visitor.page.setDefaultTimeout(20_000);
    await visitor.page.goto(`${parlor.origin}/c/${shop.channel.key}`);
    await says('Where is my parcel?');
    conversation = await shop.conversation('Where is my parcel?');
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  async function says(text) {
    await visitor.page.locator('textarea').fill(text);
    await visitor.page.locator('button.send').click();
  }

  async function desk(email, options = small.desktop) {
    const person = await signInAs(browser, parlor.origin, email, options);
    person.page.setDefaultTimeout(20_000);
    await person.page.goto(`${parlor.origin}/inbox/all/${conversation.id}`);
    await person.page.locator('.bubble').first().waitFor();
    return person;
  }

  const bubble = (page, text) => page.locator('.bubble', { hasText: text });

  async function choose(page, text, item) {
    await bubble(page, text).last().hover();
    await bubble(page, text)
      .last()
      .getByRole('button', { name: 'What to do with this message' })
      .click();
    await page.getByRole('menuitem', { name: item }).click();
  }

  it('answers what the customer said, and both sides see to what', async () => {
    const lin = await desk('lin@example.org');
    const { page } = lin;
    await page.locator('.bubble').first().waitFor();
    await page.locator('.thread-scroll').focus();
    await page.keyboard.press('q');
    await page.locator('.quote-draft', { hasText: 'Where is my parcel?' }).waitFor();
    await lin.screenshot('writing-quote-draft');
    await page.keyboard.type('It arrives tomorrow.');
    await page.keyboard.press('Enter');
    await page.locator('.bubble .quote', { hasText: 'Where is my parcel?' }).waitFor();
    assert.equal(await page.locator('.quote-draft').count(), 0);
    await visitor.page.locator('.quote', { hasText: 'Where is my parcel?' }).waitFor();
    await lin.accessible();
    await visitor.accessible();
    lin.quiet();
    await lin.leave();
  });

  it('mends the last words by the arrow key, and takes words back', async () => {
    const lin = await desk('lin@example.org');
    const { page } = lin;
    await page.locator('#composer-input').focus();
    await page.keyboard.press('ArrowUp');
    const editor = page.getByRole('textbox', { name: 'Edit your message' });
    await editor.waitFor();
    await lin.screenshot('writing-edit');
    await editor.fill('It arrives on Friday.');
    await page.keyboard.press('Enter');
    await bubble(page, 'It arrives on Friday.').getByText('Edited').waitFor();
    await visitor.page.getByText('It arrives on Friday.').waitFor();
    await visitor.page.getByText('Edited').waitFor();
    assert.equal(await visitor.page.getByText('It arrives tomorrow.').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'composer-input');

    // Escape leaves it as it was.
    await page.keyboard.press('ArrowUp');
    await editor.fill('Never mind');
    await page.keyboard.press('Escape');
    await bubble(page, 'It arrives on Friday.').waitFor();

    await choose(page, 'It arrives on Friday.', 'What it said before');
    await page.getByText('It arrives tomorrow.').waitFor();
    await lin.accessible('dialog');
    await lin.screenshot('writing-history');
    await page.keyboard.press('Escape');

    await page.locator('#composer-input').fill('The code is 4417');
    await page.keyboard.press('Enter');
    await visitor.page.getByText('The code is 4417').waitFor();
    await choose(page, 'The code is 4417', 'Take back');
    await lin.accessible('dialog');
    await page.locator('dialog').getByRole('button', { name: 'Take back' }).click();
    await page.locator('.bubble-recalled').waitFor();
    await visitor.page.getByText('This message was taken back').waitFor();
    assert.equal(await visitor.page.getByText('4417').count(), 0);
    assert.equal(await page.locator('.list').getByText('4417').count(), 0);
    await visitor.accessible();
    await visitor.screenshot('writing-widget');
    // What is gone is gone after a reload too.
    await visitor.page.reload();
    await visitor.page.getByText('This message was taken back').waitFor();
    await visitor.page.getByText('Edited').waitFor();
    lin.quiet();
    await lin.leave();
  });

  it('calls a colleague in a note, who is told and finds it', async () => {
    const fang = await signInAs(browser, parlor.origin, 'fang@example.org', small.desktop);
    fang.page.setDefaultTimeout(20_000);
    const lin = await desk('lin@example.org');
    const { page } = lin;
    await page.locator('.thread-scroll').focus();
    await page.keyboard.press('n');
    await page.keyboard.type('@');
    await page.getByRole('combobox', { name: 'Mention a colleague' }).waitFor();
    await lin.accessible('.popover');
    await lin.screenshot('writing-mention-pick');
    await page.keyboard.type('王');
    await page.keyboard.press('Enter');
    await page.keyboard.type('please look');
    assert.equal(await page.locator('#composer-input').inputValue(), '@王芳 please look');
    await page.keyboard.press('Enter');
    await page.locator('.mention', { hasText: '@王芳' }).waitFor();
    await lin.screenshot('writing-note');

    await fang.page.getByText('Lin mentioned you').waitFor();
    await fang.page.locator('.side-mentions .side-badge', { hasText: '1' }).waitFor();
    await fang.page.goto(`${parlor.origin}/mentions`);
    await fang.page.locator('.hit-unseen', { hasText: 'please look' }).waitFor();
    await fang.accessible();
    await fang.screenshot('writing-mentions');
    await fang.page.locator('.hit-unseen').click();
    await fang.page.locator('.mention-me').waitFor();
    await fang.page.locator('.side-mentions .side-badge').waitFor({ state: 'detached' });
    assert.equal(await visitor.page.getByText('please look').count(), 0);
    lin.quiet();
    fang.quiet();
    await lin.leave();
    await fang.leave();
  });

  it('keeps what was begun for another machine, and forgets it when it is sent', async () => {
    const office = await desk('lin@example.org');
    const home = await desk('lin@example.org');
    await office.page.locator('#composer-input').fill('Dear customer,');
    const box = home.page.locator('#composer-input');
    await home.page.waitForFunction(
      () => document.getElementById('composer-input').value === 'Dear customer,',
    );
    await box.press('End');
    await box.pressSequentially(' thank you.');
    await office.page.waitForFunction(
      () => document.getElementById('composer-input').value === 'Dear customer, thank you.',
    );
    await office.page.locator('#composer-input').press('Enter');
    await home.page.waitForFunction(() => document.getElementById('composer-input').value === '');
    assert.deepEqual((await shop.get('/drafts')).items, []);
    office.quiet();
    await office.leave();
    await home.leave();
  });

  it('is as good on a phone, in Chinese and in the dark', async () => {
    await shop.ask('PATCH', '/me', { locale: 'zh-CN' });
    const options = { ...small.phone, locale: 'zh-CN', colorScheme: 'dark' };
    const lin = await desk('lin@example.org', options);
    const { page } = lin;
    await page.locator('.bubble-recalled').waitFor();
    await lin.accessible();
    await lin.screenshot('writing-phone');
    await page.locator('.bubble-ours .bubble-menu button').last().click();
    await page.getByRole('menuitem', { name: '引用回复' }).waitFor();
    await lin.screenshot('writing-phone-menu');
    await page.getByRole('menuitem', { name: '引用回复' }).click();
    await page.locator('.quote-draft').waitFor();
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth > window.innerWidth,
    );
    assert.equal(wide, false, 'nothing hangs over the edge');
    await page.goto(`${parlor.origin}/mentions`);
    await page.getByText('还没有人提到您').waitFor();
    await lin.accessible();
    await lin.screenshot('writing-phone-mentions');
    await lin.leave();
  });
});
