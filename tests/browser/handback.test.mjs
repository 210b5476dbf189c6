// An agent's browser is gone: what waits for her goes back to the queue, and everybody can see why.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, startParlor } from './harness.mjs';
import { password, visitorSays as says, setUp, signInAs, sizes, speaks } from './shop.mjs';

// Most of it is the minute that a channel waits at least.
describe('a colleague who is gone', { timeout: 900_000 }, () => {
  let parlor;
  let browser;
  let ask;
  let channel;
  let ada;
  const people = [];

  const signIn = async (email, options) => {
    const person = await signInAs(browser, parlor.origin, email, options);
    people.push(person);
    return person;
  };
  const visitorSays = (name, text) => says(parlor.origin, channel.key, name, text);

  before(async () => {
    parlor = await startParlor();
    ({ ask, channel } = await setUp(parlor));
    browser = await launchBrowser();
    ada = await ask('POST', '/users', {
      name: 'Ada',
      email: 'ada@example.org',
      role: 'agent',
      password,
    });
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  it('has customers who wait, and her browser ends', async () => {
    const person = await signIn('ada@example.org');
    for (const [name, text] of [
      ['陈思远', '请问这款茶壶什么时候有货？'],
      ['Mei', 'Where is my parcel?'],
    ]) {
      const conversation = await visitorSays(name, text);
      await ask('POST', `/conversations/${conversation}/assign`, { assignee: ada.id });
    }
    await person.page.goto(`${parlor.origin}/inbox/mine`);
    await person.page.locator('.row', { hasText: 'Mei' }).waitFor();
    assert.equal(await person.page.locator('.handed-back').count(), 0);
    await person.leave();
  });

  for (const [size, options] of Object.entries(sizes)) {
    for (const locale of ['en', 'zh-CN']) {
      it(`has a rule for that in the channel's settings: ${size}, ${locale}`, async () => {
        await ask('PATCH', '/me', { locale });
        const lin = await signIn('lin@example.org', options);
        await lin.page.goto(`${parlor.origin}/settings/channels/${channel.id}`);
        const [rule, seconds] = {
          en: ['Their open conversations', 'After (seconds)'],
          'zh-CN': ['其进行中的会话', '离线多久后（秒）'],
        }[locale];
        const select = lin.page.getByLabel(rule);
        assert.equal(await select.inputValue(), 'waiting');
        await select.scrollIntoViewIfNeeded();
        await lin.screenshot(`handback-settings-${size}-${locale}`);
        await lin.accessible();
        const wide = () => document.documentElement.scrollWidth - innerWidth;
        assert(!((await lin.page.evaluate(wide)) > 0), 'the page is too wide');

        await lin.page.getByLabel(seconds).fill('5');
        await lin.page.locator('.savebar button').last().click();
        await lin.page.getByText('604,800').waitFor();
        await select.selectOption('off');
        assert(await lin.page.getByLabel(seconds).isDisabled());
        await select.selectOption('waiting');
        await lin.page.getByLabel(seconds).fill('60');
        await lin.page.locator('.savebar').waitFor({ state: 'detached' });
        await lin.leave();
      });
    }
  }

  it('saves another rule, and the same again', async () => {
    await ask('PATCH', '/me', { locale: 'en' });
    const lin = await signIn('lin@example.org');
    await lin.page.goto(`${parlor.origin}/settings/channels/${channel.id}`);
    const settings = async () => (await ask('GET', `/channels/${channel.id}`)).settings;
    for (const [handback, after] of [
      ['all', '3600'],
      ['waiting', '60'],
    ]) {
      await lin.page.getByLabel('Their open conversations').selectOption(handback);
      await lin.page.getByLabel('After (seconds)').fill(after);
      await lin.page.getByRole('button', { name: 'Save' }).click();
      await lin.page.locator('.savebar').waitFor({ state: 'detached' });
      const saved = await settings();
      assert.deepEqual([saved.handback, saved.handback_after_s], [handback, Number(after)]);
    }
    await lin.leave();
  });

  it('is told of it when she comes back, until she has seen it', async () => {
    const free = async () => (await ask('GET', '/conversations?view=unassigned')).items.length;
    for (const end = Date.now() + 120_000; (await free()) < 2; ) {
      assert(Date.now() < end, 'they never went back');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }

    for (const [size, options] of Object.entries(sizes)) {
      for (const locale of ['en', 'zh-CN']) {
        const person = await signIn('ada@example.org', options);
        await speaks(person, locale);
        const [label, sentence] = {
          en: ['Handed back', 'Back in the queue: you were not reachable'],
          'zh-CN': ['已退回的会话', '您不在线，会话已退回待分配'],
        }[locale];
        const notice = person.page.getByRole('complementary', { name: label });
        await notice.getByRole('link', { name: 'Mei' }).waitFor();
        assert.match(await notice.innerText(), /2/);
        await person.screenshot(`handback-notice-${size}-${locale}`);
        await person.accessible();
        await notice.getByRole('link', { name: '陈思远' }).click();
        await person.page.getByText(sentence).waitFor();
        await person.screenshot(`handback-history-${size}-${locale}`);
        await person.accessible();
        await person.leave();
      }
    }

    const person = await signIn('ada@example.org');
    const notice = person.page.locator('aside', { has: person.page.locator('.handed-back') });
    await notice.getByRole('button').click();
    await notice.waitFor({ state: 'detached' });
    await person.page.reload();
    await person.page.locator('.row', { hasText: 'Mei' }).waitFor();
    assert.equal(await notice.count(), 0);
    await person.leave();
  });

  it('and her colleagues see in the history why', async () => {
    const lin = await signIn('lin@example.org');
    await lin.page.locator('.row', { hasText: 'Mei' }).click();
    await lin.page.getByText('Back in the queue: Ada was not reachable').waitFor();
    await lin.leave();
  });

  it('stayed on its server and reported no error of its own', () => {
    for (const person of people) {
      person.stayedHome();
      // Chromium writes the refused first look of somebody not yet signed in into the console.
      const own = person.complaints.filter((text) => !/Failed to load resource/.test(text));
      assert.deepEqual(own, []);
    }
  });
});
