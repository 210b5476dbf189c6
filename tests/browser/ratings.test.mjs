// What customers think: asked in the chat, answered by keys or fingers, read by the house.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { setUp, signInAs, sizes } from './shop.mjs';

describe('ratings', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let shop;
  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    browser = await launchBrowser();
    await asks('resolved');
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  async function asks(ask) {
    const tags = ['回复及时', '态度友好', 'Friendly'];
    await shop.changes({ rating: { ask, question: '', tags } });
  }

  /** A visitor on the chat's own page whose matter was answered. */
  async function served(text, options) {
    const person = await openPerson(browser, parlor.origin, options);
    const { page } = person;
    page.setDefaultTimeout(10_000);
    await page.goto(`${parlor.origin}/c/${shop.channel.key}`);
    await page.locator('textarea').fill(text);
    await page.locator('button.send').click();
    const conversation = await shop.conversation(text);
    await shop.says(conversation, 'It arrives tomorrow.');
    await page.getByText('It arrives tomorrow.').waitFor();
    return { person, page, conversation };
  }

  const resolve = ({ id }) => shop.post(`/conversations/${id}/resolve`, {});
  const ratings = async ({ id }) => (await shop.get(`/conversations/${id}/ratings`)).items;

  it('are given by keys alone and can be changed', async () => {
    const { person, page, conversation } = await served('Where is my parcel?');
    assert.equal(await page.locator('.rating').count(), 0);
    await resolve(conversation);
    const stars = page.getByRole('radio', { name: /of 5 stars/ });
    await stars.first().waitFor();
    await person.accessible();
    await stars.first().focus();
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowRight');
    await page.getByRole('radio', { name: 'Yes' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('checkbox', { name: 'Friendly' }).focus();
    await page.keyboard.press('Space');
    await person.accessible();
    await person.screenshot('rating-ask');
    await page.locator('.rating .primary').press('Enter');
    await page.getByText('Thank you for your feedback!').waitFor();
    await person.screenshot('rating-thanks');
    const [first] = await ratings(conversation);
    assert.deepEqual([first.score, first.solved, first.tags], [5, true, ['Friendly']]);

    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('radio', { name: '2 of 5 stars' }).check({ force: true });
    await page.getByRole('textbox', { name: /better/ }).fill('It took three days.');
    await page.locator('.rating .primary').click();
    await shop.until(async () => (await ratings(conversation))[0].score === 2);
    assert.equal((await ratings(conversation))[0].comment, 'It took three days.');

    // What was said is known after a reload, and nothing is asked of a matter that goes on.
    await page.reload();
    await page.getByText('Thank you for your feedback!').waitFor();
    await page.locator('textarea').fill('Still nothing.');
    await page.keyboard.press('Enter');
    await page.getByText('The conversation goes on.').waitFor();
    await page.locator('.rating').waitFor({ state: 'detached' });
    person.quiet();
    person.stayedHome();
    await person.leave();
  });

  it('say what is wrong and keep what was written', async () => {
    const { person, page, conversation } = await served('A broken cup');
    await resolve(conversation);
    await page.getByRole('radio', { name: '3 of 5 stars' }).check({ force: true });
    await page.getByRole('textbox', { name: /better/ }).fill('Pack it better.');
    await page.route('**/visitor/rating', (route) => route.abort());
    await page.locator('.rating .primary').click();
    await page.getByRole('alert').filter({ hasText: 'Please try again' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: /better/ }).inputValue(), 'Pack it better.');
    await page.unroute('**/visitor/rating');
    await page.locator('.rating .primary').click();
    await page.getByText('Thank you for your feedback!').waitFor();
    assert.equal((await ratings(conversation))[0].comment, 'Pack it better.');
    await person.leave();
  });

  for (const [size, options] of Object.entries(sizes)) {
    it(`are read by the house: ${size}`, async () => {
      const chinese = { ...options, locale: 'zh-CN', colorScheme: 'dark' };
      const { person: visitor, page: chat, conversation } = await served(`快递 ${size}`, chinese);
      const lin = await signInAs(browser, parlor.origin, 'lin@example.org', options);
      await lin.page.goto(`${parlor.origin}/inbox/all/${conversation.id}`);
      if (size === 'phone') await lin.page.getByRole('button', { name: /customer/i }).first().click();
      const panel = lin.page.getByRole('complementary');
      await panel.getByRole('button', { name: 'Ask for a rating' }).click();
      await lin.page.getByText('The customer is asked for a rating.').waitFor();
      await chat.getByText('您对我们的服务满意吗？').waitFor();
      await chat.getByRole('radio', { name: '1 星（满分 5 星）' }).check({ force: true });
      await chat.getByRole('radio', { name: '未解决' }).check({ force: true });
      await visitor.accessible();
      await visitor.screenshot(`rating-ask-zh-${size}`);
      await chat.getByRole('button', { name: '提交' }).click();
      await chat.getByText('感谢您的评价！').waitFor();
      await visitor.screenshot(`rating-thanks-zh-${size}`);
      await panel.getByRole('img', { name: '1 of 5 stars' }).waitFor();
      await panel.getByText('Not solved').waitFor();
      await lin.screenshot(`rating-panel-${size}`);

      await lin.page.goto(`${parlor.origin}/satisfaction`);
      await lin.page.getByRole('heading', { name: 'Newest' }).waitFor();
      await lin.accessible();
      const over = await lin.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert(over <= 0, `${over} px too wide`);
      await lin.screenshot(`satisfaction-${size}`);
      lin.quiet();
      await lin.leave();
      await visitor.leave();
    });
  }

  it('are set up by administrators, and the report is for supervisors', async () => {
    const lin = await signInAs(browser, parlor.origin, 'lin@example.org', { colorScheme: 'dark' });
    const { page } = lin;
    await page.goto(`${parlor.origin}/settings/channels/${shop.channel.id}`);
    await page.getByRole('textbox', { name: 'Words to choose from' }).fill('Fast\nKind');
    await page.getByRole('radio', { name: 'Never' }).check({ force: true });
    await page.getByRole('button', { name: 'Save' }).click();
    await shop.until(async () => {
      const { rating } = (await shop.get(`/channels/${shop.channel.id}`)).settings;
      return rating.ask === 'off' && rating.tags.join() === 'Fast,Kind';
    });
    await page.getByRole('heading', { name: 'Satisfaction' }).scrollIntoViewIfNeeded();
    await lin.accessible();
    await lin.screenshot('rating-settings-dark');
    await page.goto(`${parlor.origin}/satisfaction`);
    await page.getByRole('table').waitFor();
    await lin.screenshot('satisfaction-dark');
    await asks('resolved');
    await lin.leave();
  });
});
