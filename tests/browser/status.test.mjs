// An administrator looks at how the server is: the numbers, an alert from its banner to its end, the rules, the webhooks.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor, webhooksHere } from './harness.mjs';

const password = 'a quiet pot of green tea';
const headers = { 'X-Parlor-Request': '1', 'content-type': 'application/json' };

/** A line the page may not cross at the narrowest screen we promise. */
async function fits(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(wide <= 0, `the page is ${wide} px too wide`);
}

describe('the status page', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let ada;
  let heard;
  let receiver;
  const people = [];

  const open = async (options) => {
    const person = await openPerson(browser, parlor.origin, options);
    person.page.setDefaultTimeout(10_000);
    person.go = (path) => person.page.goto(parlor.origin + path);
    people.push(person);
    return person;
  };
  const signIn = async (person, email) => {
    await person.go('/sign-in');
    await person.page.getByLabel(/E-mail|邮箱|電子郵件/).fill(email);
    await person.page.getByLabel(/^(Password|密码|密碼)$/).fill(password);
    await person.page.keyboard.press('Enter');
    await person.page.waitForURL(/\/inbox/);
  };
  const call = (person, method, path, body) =>
    person.page.evaluate(
      async ([method, path, body, headers]) => {
        const answer = await fetch(`/api/v1${path}`, {
          method,
          headers,
          body: JSON.stringify(body),
        });
        return { status: answer.status, text: await answer.text() };
      },
      [method, path, body, headers],
    );

  before(async () => {
    parlor = await startParlor({ config: webhooksHere });
    browser = await launchBrowser();
    heard = [];
    receiver = createServer((request, answer) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        heard.push({ headers: request.headers, body: JSON.parse(body) });
        answer.end();
      });
    }).listen(0, '127.0.0.1');
    const secret = /\/setup#(\S+)/.exec(parlor.log())[1];
    ada = await open({ viewport: { width: 1280, height: 860 } });
    await ada.go('/try');
    const set = await call(ada, 'POST', '/setup', {
      secret,
      organisation: 'Acme',
      locale: 'en',
      admin: { name: 'Ada', email: 'ada@acme.example', password },
      channel: { name: 'Shop' },
    });
    assert.equal(set.status, 200, set.text);
    // The disk of the machine that tests may be nearly full: nobody asked.
    for (const rule of ['disk.low', 'disk.critical']) {
      await call(ada, 'PATCH', `/alert-rules/${rule}`, { enabled: false });
    }
    const sam = { name: 'Sam', email: 'sam@acme.example', role: 'supervisor', password };
    assert.equal((await call(ada, 'POST', '/users', sam)).status, 201);
  });

  after(async () => {
    for (const person of people) await person.leave();
    await browser?.close();
    receiver?.close();
    await parlor?.stop();
  });

  it('shows the numbers of this moment, and they move', async () => {
    await ada.go('/settings/status');
    const { page } = ada;
    const connections = page.locator('.tile').filter({ hasText: 'Connections' });
    await connections.locator('.tile-value').filter({ hasText: '1' }).waitFor();
    const another = await open({});
    await another.context.addCookies(await ada.context.cookies());
    await another.go('/inbox/unassigned');
    await connections.locator('.tile-value').filter({ hasText: '2' }).waitFor();
    await page.getByText('The recovery key still lies in the data folder').waitFor();
    await page.locator('svg.chart').first().waitFor({ timeout: 30_000 });
    await fits(page);
    await ada.accessible();
    await ada.screenshot('status-desktop');
  });

  it('is for administrators', async () => {
    const sam = await open({});
    await signIn(sam, 'sam@acme.example');
    await sam.go('/settings/profile');
    assert.equal(await sam.page.getByRole('link', { name: 'Status' }).count(), 0);
    await sam.go('/settings/status');
    await sam.page
      .getByText('This page does not exist')
      .or(sam.page.getByText('Nothing here'))
      .or(sam.page.locator('.empty'))
      .first()
      .waitFor();
  });

  it('tells a webhook of a test', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: 'Webhooks' }).click();
    await page.getByText('No webhooks').waitFor();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill('nonsense');
    await dialog.getByRole('button', { name: 'Add a webhook' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Address').fill(`http://127.0.0.1:${receiver.address().port}/hook`);
    await page.keyboard.press('Enter');
    await dialog.getByText(/^whs_/).waitFor();
    await ada.accessible();
    await ada.screenshot('status-webhook-secret');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page
      .locator('.thing')
      .getByText(/Delivered/)
      .waitFor();
    assert.equal(heard[0].body.type, 'alert.test');
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByText('Alerts are no longer sent to').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await ada.screenshot('status-webhooks');
  });

  it('raises an alert by a rule that is changed, until somebody knows of it', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: 'Rules' }).click();
    await page
      .getByRole('button', { name: 'Change the rule: The memory is nearly used up' })
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Alert if above/).fill('x');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel(/Alert if above/).fill('0');
    await dialog.getByLabel('For so many seconds').fill('0');
    await ada.accessible();
    await ada.screenshot('status-rule');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await ada.accessible();
    await ada.screenshot('status-rules');
    while (!heard.some(({ body }) => body.type === 'alert.raised')) await page.waitForTimeout(100);
    await ada.go('/inbox/unassigned');
    const banner = page.locator('.banner').filter({ hasText: 'The memory is nearly used up' });
    await banner.waitFor();
    await ada.accessible();
    await ada.screenshot('status-banner');
    await banner.getByRole('link', { name: 'Look' }).click();
    await page.getByRole('button', { name: 'I know' }).click();
    await page.getByText('Ada knows').waitFor();
    await page.getByRole('tab', { name: 'Alerts' }).click();
    await page.locator('#status-part .thing').filter({ hasText: 'Ada knows' }).waitFor();
    await ada.screenshot('status-alerts');
    await ada.go('/inbox/unassigned');
    await page.getByRole('heading').first().waitFor();
    await page.waitForTimeout(500);
    assert.equal(await banner.count(), 0, 'what somebody knows of is not shouted');
  });

  it('fits a phone, in the dark, in Chinese', async () => {
    for (const [locale, name] of [
      ['zh-CN', '运行状态'],
      ['zh-TW', '運作狀態'],
    ]) {
      await call(ada, 'PATCH', '/me', { locale });
      const phone = await open({
        viewport: { width: 320, height: 640 },
        colorScheme: 'dark',
        locale,
      });
      await phone.context.addCookies(await ada.context.cookies());
      await phone.go('/settings/status');
      await phone.page.getByRole('heading', { name }).waitFor();
      await phone.page.locator('.tile-value').first().waitFor();
      await phone.page.locator('svg.chart').first().waitFor();
      await fits(phone.page);
      await phone.accessible();
      await phone.screenshot(`status-phone-${locale}`);
      for (const tab of [1, 2, 3]) {
        await phone.page.getByRole('tab').nth(tab).click();
        await phone.page.locator('#status-part .thing').first().waitFor();
        await fits(phone.page);
        await phone.accessible();
        await phone.screenshot(`status-phone-${locale}-${tab}`);
      }
      phone.quiet();
    }
    ada.stayedHome();
  });
});
