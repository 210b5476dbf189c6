// The whole thing: a visitor in the real chat and an agent in the real console talk to each other.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { setUp } from './shop.mjs';

describe('a visitor and an agent', { timeout: 90_000 }, () => {
  let parlor;
  let browser;
  let visitor;
  let agent;

  before(async () => {
    parlor = await startParlor();
    const { channel } = await setUp(parlor);
    browser = await launchBrowser();

    agent = await openPerson(browser, parlor.origin);
    await agent.context.grantPermissions(['notifications'], { origin: parlor.origin });
    // A headless browser shows no notifications: they are written down instead.
    await agent.context.addInitScript(() => {
      window.notified = [];
      window.Notification = class {
        static permission = 'granted';
        static requestPermission = async () => 'granted';
        constructor(title, options) {
          window.notified.push({ title, body: options.body });
        }
        close() {}
      };
      localStorage.setItem('parlor.prefs', JSON.stringify({ notifications: true, sound: false }));
    });
    await agent.page.goto(parlor.origin);
    await agent.page.getByLabel('E-mail').fill('lin@example.org');
    await agent.page.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
    await agent.page.keyboard.press('Enter');
    await agent.page.getByText('All caught up').waitFor();

    visitor = await openPerson(browser, parlor.origin, { locale: 'zh-CN' });
    await visitor.page.goto(`${parlor.origin}/c/${channel.key}`);
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  it('talk, see each other typing, and know what was read', async () => {
    const box = visitor.page.getByRole('textbox');
    await box.fill('你好，我要退款 😀\nhttps://shop.example/4417');
    await box.press('Enter');
    const row = agent.page.getByText('你好，我要退款').first();
    await row.waitFor();
    await row.click();
    await agent.page
      .getByRole('link', { name: 'https://shop.example/4417', exact: true })
      .waitFor();
    await visitor.page.locator('[aria-label*="已读"]').first().waitFor();

    await agent.page.locator('#composer-input').pressSequentially('One moment');
    await visitor.page.getByText('Lin').first().waitFor();
    await agent.page.locator('#composer-input').press('Enter');
    await visitor.page.getByText('One moment').waitFor();
    await box.pressSequentially('谢');
    await agent.page
      .getByText(/typing/)
      .first()
      .waitFor();
    await box.press('Enter');
    await agent.page.getByText('谢', { exact: true }).first().waitFor();
  });

  it('and the agent who looks elsewhere is told', async () => {
    const other = await agent.context.newPage();
    await other.goto('about:blank');
    await agent.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
      document.hasFocus = () => false;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await visitor.page.getByRole('textbox').fill('还在吗？');
    await visitor.page.getByRole('textbox').press('Enter');
    await agent.page.waitForFunction(() => window.notified.length === 1);
    assert.equal((await agent.page.evaluate(() => window.notified))[0].body, '还在吗？');
    await agent.page.waitForFunction(() => document.title.startsWith('(1)'));
  });

  it('and nobody asked another server', () => {
    for (const person of [visitor, agent]) person.stayedHome();
  });
});
