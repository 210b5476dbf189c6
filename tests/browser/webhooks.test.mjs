// Another program is told what happens: added, tried, in trouble, back again, with what was sent to be seen.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, startParlor, webhooksHere } from './harness.mjs';
import { setUp, signInAs, sizes, visitorSays } from './shop.mjs';

describe('webhooks', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let shop;
  let receiver;
  let lin;
  let status = 200;
  const heard = [];
  before(async () => {
    parlor = await startParlor({ config: webhooksHere });
    shop = await setUp(parlor);
    browser = await launchBrowser();
    receiver = createServer((request, answer) => {
      let body = '';
      request.on('data', (text) => (body += text));
      request.on('end', () => {
        heard.push({ ...JSON.parse(body), taken: status === 200 });
        answer.writeHead(status).end(status === 200 ? 'thank you' : '{"error":"the CRM is down"}');
      });
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    lin = await signInAs(browser, parlor.origin, 'lin@example.org');
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
    receiver?.close();
  });

  const says = (text) => visitorSays(parlor.origin, shop.channel.key, 'Mei', text);
  /** At least once, so what came before may come again after it; and a moment after the page says that it was sent. */
  const hears = async (text) => {
    for (const end = Date.now() + 10_000; Date.now() < end; ) {
      if (heard.some((told) => told.taken && told.message?.text === text)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`the receiver never took: ${text}`);
  };
  const url = () => `http://127.0.0.1:${receiver.address().port}/crm`;
  const wide = () => document.documentElement.scrollWidth - innerWidth;

  it('are added with what they want, and their secret is shown once', async () => {
    const { page } = lin;
    await page.goto(`${parlor.origin}/settings/webhooks`);
    await page.getByText('No webhooks').waitFor();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    const dialog = page.getByRole('dialog');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Add a webhook' }).click();
    await dialog.locator('.field-error').waitFor();
    await dialog.getByLabel('Address').fill(url());
    await dialog.getByLabel('A message or note was written').check();
    await dialog.getByRole('button', { name: 'Add a webhook' }).click();
    await dialog.getByText(/^whs_/).waitFor();
    await lin.accessible();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: url() }).click();
    await page.getByText('Nothing sent yet').waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('Delivered', { exact: true }).waitFor();
    assert.equal(heard[0].type, 'webhook.test');
  });

  it('show what waits and why, try it now, give it up, and send it again', async () => {
    const { page } = lin;
    status = 503;
    await says('The first one is refused');
    await page.getByText(/was not taken: Refused with status 503/).waitFor();
    await page.getByText('the CRM is down').first().waitFor();
    await lin.screenshot('webhook-waiting');
    await lin.accessible();
    await page.getByRole('button', { name: 'Give it up and go on' }).click();
    await page.getByRole('tab', { name: '1 given up' }).click();
    status = 200;
    const row = page.locator('.hook-delivery').first();
    await row.getByRole('button', { name: /A message or note was written/ }).click();
    await row.getByText('the CRM is down').waitFor();
    await row.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('Nothing was given up').waitFor();
    await hears('The first one is refused');

    status = 503;
    await says('The second one waits');
    await page.getByText(/was not taken/).waitFor();
    status = 200;
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText(/was not taken/).waitFor({ state: 'detached' });
    await hears('The second one waits');
    await page.getByRole('tab', { name: 'Deliveries' }).click();
    await page.locator('.hook-delivery').nth(1).waitFor();
    lin.complaints.length = 0;
  });

  it('are paused, get a new secret, and go only after a second word', async () => {
    const { page } = lin;
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Active', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'New secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('dialog').getByText(/^whs_/).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await page.getByText(/The former secret signs as well/).waitFor();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('Nothing is sent to').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    lin.quiet();
  });

  for (const [size, options] of Object.entries({
    desktop: { viewport: { width: 1280, height: 800 } },
    phone: { ...sizes.phone, viewport: { width: 375, height: 700 } },
  })) {
    for (const [locale, colorScheme] of [
      ['en', 'light'],
      ['zh-CN', 'dark'],
    ]) {
      it(`look well and are accessible: ${size}, ${locale}, ${colorScheme}`, async () => {
        await shop.ask('PATCH', '/me', { locale });
        const person = await signInAs(browser, parlor.origin, 'lin@example.org', {
          ...options,
          colorScheme,
        });
        const { page } = person;
        await page.goto(`${parlor.origin}/settings/webhooks`);
        await page.locator('.thing').first().waitFor();
        await person.screenshot(`webhooks-${size}-${locale}`);
        await person.accessible();
        assert(!((await page.evaluate(wide)) > 0), 'the list is too wide');
        await page.locator('.thing-name a').click();
        await page.locator('.hook-delivery-head').first().click();
        await person.screenshot(`webhook-${size}-${locale}`);
        await person.accessible();
        assert(!((await page.evaluate(wide)) > 0), 'the page is too wide');
        await page.goto(`${parlor.origin}/settings/webhooks`);
        await page.locator('.settings-actions button').click();
        await page.getByRole('dialog').waitFor();
        await person.screenshot(`webhook-edit-${size}-${locale}`);
        await person.accessible();
        await person.leave();
      });
    }
  }
});
