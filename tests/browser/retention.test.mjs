// An administrator says how long things are kept, is told what that deletes, and puts a conversation on hold.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { setUp } from './shop.mjs';

const owner = { email: 'lin@example.org', password: 'correct horse battery staple' };
const sizes = {
  desktop: { viewport: { width: 1440, height: 900 } },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

describe('how long things are kept', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let ask;
  let channel;
  const people = [];

  const signIn = async (path, options) => {
    const person = await openPerson(browser, parlor.origin, options);
    people.push(person);
    person.page.setDefaultTimeout(10_000);
    await person.page.goto(parlor.origin + path);
    await person.page.locator('input[type="email"]').fill(owner.email);
    await person.page.locator('input[type="password"]').fill(owner.password);
    await person.page.keyboard.press('Enter');
    await person.page.locator('input[type="password"]').waitFor({ state: 'detached' });
    // That nobody was signed in.
    person.complaints.length = 0;
    return person;
  };

  before(async () => {
    parlor = await startParlor();
    ({ ask, channel } = await setUp(parlor));
    browser = await launchBrowser();
  });
  after(async () => {
    for (const person of people) person.stayedHome();
    await browser?.close();
    await parlor?.stop();
  });

  it('is said in days, refused where it cannot be, and asked about when it deletes', async () => {
    const person = await signIn('/settings/retention', sizes.desktop);
    const { page } = person;
    const field = (label) => page.getByLabel(label, { exact: true });
    const conversations = field('Days, for every channel that says nothing else');
    await conversations.fill('1.5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A whole number of days').waitFor();
    await conversations.fill('365');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').first().waitFor();
    assert.equal((await ask('GET', '/retention')).conversations_days, 365);

    await field(channel.name).fill('30');
    const due = { items: [{ channel: channel.id, before: 0, conversations: 1234 }] };
    await page.route('**/retention/preview', (route) => route.fulfill({ json: due }));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Tonight 1,234 conversations are deleted.').waitFor();
    await person.accessible();
    await person.screenshot('retention-confirm');
    await page.getByRole('button', { name: 'Save and delete' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const kept = await ask('GET', '/retention');
    assert.deepEqual(kept.channels, [{ channel: channel.id, conversations_days: 30 }]);
    await person.accessible();
    await person.screenshot('retention-desktop');
    person.quiet();
  });

  for (const [size, locale] of [
    ['dark', 'zh-CN'],
    ['phone', 'zh-TW'],
  ]) {
    it(`fits: ${size}, ${locale}`, async () => {
      await ask('PATCH', '/me', { locale });
      const person = await signIn('/settings/retention', sizes[size]);
      await person.page.locator('form.retention').waitFor();
      const wide = await person.page.evaluate(() => document.body.scrollWidth > innerWidth);
      assert(!wide, 'nothing is cut off');
      await person.accessible();
      await person.screenshot(`retention-${size}`);
    });
  }

  it('leaves alone what is on hold', async () => {
    await ask('PATCH', '/me', { locale: 'en' });
    const headers = { 'content-type': 'application/json' };
    const post = async (path, body, more) => {
      const url = `${parlor.origin}/api/v1/visitor${path}`;
      const sent = { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) };
      return (await fetch(url, sent)).json();
    };
    const { token } = await post('/session', { channel: channel.key });
    const message = { client_id: crypto.randomUUID(), text: 'I will sue you', attachments: [] };
    const { conversation } = await post('/messages', message, { authorization: `Bearer ${token}` });
    const person = await signIn(`/inbox/all/${conversation}`, sizes.desktop);
    const { page } = person;
    await page.getByRole('button', { name: 'Put on hold' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Put on hold' }).click();
    await dialog.getByLabel('Why').fill('Lawsuit 12/26');
    await person.accessible();
    await person.screenshot('hold-dialog');
    await dialog.getByRole('button', { name: 'Put on hold' }).click();
    await page.locator('.hold-note', { hasText: 'Lawsuit 12/26' }).waitFor();
    await page.getByText('put this on hold').waitFor();
    await person.accessible();
    await person.screenshot('hold-panel');
    assert.equal((await ask('GET', `/conversations/${conversation}`)).held, true);
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByText('May be deleted when its time is over.').waitFor();
    person.quiet();
  });
});
