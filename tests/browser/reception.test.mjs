// How visitors are received: hours, who is there, and leaving word where nobody is.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { setUp, signInAs } from './shop.mjs';

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true };
const dayMs = 86_400_000;

describe('the reception', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let shop;
  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  /** Hours in UTC on one day alone, counted from today. */
  function only(days) {
    const weekday = (Math.floor(Date.now() / dayMs) + 3 + days) % 7;
    const span = { from: '09:00', to: '18:00' };
    const week = [0, 1, 2, 3, 4, 5, 6].map((day) => (day === weekday ? [span] : []));
    return { enabled: true, time_zone: 'UTC', week, dates: [] };
  }
  const always = () => ({ ...only(0), week: Array(7).fill([{ from: '00:00', to: '00:00' }]) });
  const reception = { presence: true, closed_greeting: 'We sleep. Leave us a line!', ask_contact: true };

  async function visit(options) {
    const person = await openPerson(browser, parlor.origin, { timezoneId: 'UTC', ...options });
    person.page.setDefaultTimeout(10_000);
    await person.page.goto(`${parlor.origin}/c/${shop.channel.key}`);
    await person.page.locator('.reception').waitFor();
    return person;
  }

  async function narrow({ page }) {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(over <= 0, `${over} px too wide`);
  }

  it('is closed, says until when, and changes as it happens', async () => {
    await shop.changes({ hours: only(2), reception, greeting: 'Hello there!' });
    const person = await visit(desktop);
    const { page } = person;
    const day = new Date(Date.now() + 2 * dayMs).toLocaleString('en', { weekday: 'long', timeZone: 'UTC' });
    await page.getByRole('status').filter({ hasText: `Closed · opens ${day}` }).waitFor();
    assert.match(await page.locator('.reception').innerText(), /9:00/);
    await page.getByText('We sleep. Leave us a line!').waitFor();
    await page.getByRole('heading', { name: 'Leave us a message' }).waitFor();
    await person.accessible();
    await person.screenshot('reception-closed');

    await shop.changes({ hours: always() });
    await page.getByText('Nobody is here right now').waitFor();
    await page.getByText('Hello there!').waitFor();
    await person.screenshot('reception-nobody');
    const lin = await signInAs(browser, parlor.origin, 'lin@example.org', desktop);
    await page.getByText('We are here').waitFor();
    assert.equal(await page.locator('.away').isVisible(), false);
    await person.screenshot('reception-here');
    await lin.leave();
    // A reload is no absence: it takes ten seconds to be gone.
    await page.getByText('Nobody is here right now').waitFor({ timeout: 20_000 });
    person.quiet();
    person.stayedHome();
    await person.leave();
  });

  for (const [name, options] of Object.entries({
    'desktop': desktop,
    'phone-zh': { ...phone, locale: 'zh-CN' },
    'phone-dark': { ...phone, colorScheme: 'dark' },
    'desktop-tw': { ...desktop, locale: 'zh-TW' },
  })) {
    it(`takes a message and an address: ${name}`, async () => {
      await shop.changes({ hours: only(2), reception });
      const person = await visit(options);
      const { page } = person;
      const chinese = options.locale;
      const email = page.locator('.away input[type=email]');
      await page.locator('textarea').fill(`My parcel is late (${name})`);
      await page.keyboard.press('Tab');
      await page.locator('button.send').click();
      await shop.conversation(`(${name})`);
      await email.fill('lin at example');
      await page.locator('.away .primary').click();
      await page.locator('.away').getByRole('alert').filter({ hasText: 'name@example.com' }).waitFor();
      assert.equal(await email.evaluate((node) => node === document.activeElement), true);
      await person.accessible();
      await narrow(person);
      await person.screenshot(`reception-wrong-${name}`);
      await page.locator('.away input:not([type=email])').fill('Ana');
      await email.fill('ana@example.org');
      await email.press('Enter');
      await page.getByText(chinese ? /ana@example.org/ : 'Kept with your message: ana@example.org').waitFor();
      assert.equal(await email.count(), 0);
      await person.accessible();
      await person.screenshot(`reception-kept-${name}`);
      const { customer } = await shop.conversation(`(${name})`);
      assert.deepEqual([customer.name, customer.email], ['Ana', 'ana@example.org']);

      // On return the answer is there, and nothing known is asked again.
      await shop.says(await shop.conversation(`(${name})`), 'It left today.');
      await page.reload();
      await page.getByText('It left today.').waitFor();
      await page.locator('.away').waitFor();
      assert.equal(await email.count(), 0);
      person.quiet();
      await person.leave();
    });
  }

  it('says so when an address could not be kept, and keeps what was typed', async () => {
    await shop.changes({ hours: only(2), reception });
    const { page, leave } = await visit(desktop);
    await page.route('**/visitor/contact', (route) => route.abort());
    const email = page.getByRole('textbox', { name: 'Your e-mail address' });
    await email.fill('ana@example.org');
    await page.getByRole('button', { name: 'Keep it with my message' }).click();
    await page.getByRole('alert').filter({ hasText: 'Please try again' }).waitFor();
    assert.equal(await email.inputValue(), 'ana@example.org');
    await page.unroute('**/visitor/contact');
    await page.getByRole('button', { name: 'Keep it with my message' }).click();
    await page.getByText('Kept with your message').waitFor();
    await leave();
  });

  it('learns after a broken line what changed meanwhile', async () => {
    await shop.changes({ hours: only(2), reception: { ...reception, presence: false } });
    const { page, context, leave } = await visit(desktop);
    await page.getByText('Closed · opens').waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline').or(page.getByText('Reconnecting')).waitFor();
    await shop.changes({ hours: always() });
    // Told to those who were there.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await context.setOffline(false);
    await page.getByText('We are here').waitFor({ timeout: 40_000 });
    await leave();
  });

  for (const [name, options, one, next] of [
    ['desktop', desktop, 'People before you: 1', 'You are next.'],
    ['phone-zh', { ...phone, locale: 'zh-CN', colorScheme: 'dark' }, '您前面还有 1 位。', '下一位就是您。'],
  ]) {
    it(`tells those who wait how many are before them: ${name}`, async () => {
      await shop.changes({ hours: { ...only(0), enabled: false }, reception: { ...reception, presence: false, queue: true } });
      for (const { id } of (await shop.get('/conversations?view=all')).items) {
        await shop.post(`/conversations/${id}/resolve`, {});
      }
      const begin = async (text) => {
        const person = await openPerson(browser, parlor.origin, options);
        person.page.setDefaultTimeout(10_000);
        await person.page.goto(`${parlor.origin}/c/${shop.channel.key}`);
        await person.page.locator('textarea').fill(text);
        await person.page.locator('button.send').click();
        return person;
      };
      const first = await begin(`First (${name})`);
      await first.page.getByText(next).waitFor();
      const second = await begin(`Second (${name})`);
      await second.page.getByText(one).waitFor();
      await second.accessible();
      await second.screenshot(`queue-${name}`);
      await second.page.reload();
      await second.page.getByText(one).waitFor();
      await shop.says(await shop.conversation(`First (${name})`), 'Hello, First!');
      await second.page.getByText(next).waitFor();
      await shop.says(await shop.conversation(`Second (${name})`), 'Hello, Second!');
      await second.page.locator('.queue').waitFor({ state: 'hidden' });
      second.quiet();
      await first.leave();
      await second.leave();
    });
  }

  it('is set up by administrators, with keys', async () => {
    await shop.changes({ hours: { ...only(0), enabled: false, week: Array(7).fill([]) }, reception });
    const lin = await signInAs(browser, parlor.origin, 'lin@example.org', desktop);
    const { page } = lin;
    await page.goto(`${parlor.origin}/settings/channels/${shop.channel.id}`);
    const card = page.locator('.card').filter({ hasText: 'Hours and reception' });
    await card.getByRole('switch', { name: 'Office hours' }).press('Space');
    await card.getByRole('combobox', { name: 'Time zone of the hours' }).selectOption('Asia/Shanghai');
    await card.getByRole('button', { name: 'Monday: Add hours' }).press('Enter');
    await card.getByLabel('Monday: until').fill('12:00');
    await card.getByRole('button', { name: 'Monday: Add hours' }).press('Enter');
    await card.getByRole('button', { name: 'Monday’s for Tuesday to Friday' }).press('Enter');
    await card.getByRole('button', { name: 'Add a date' }).press('Enter');
    await card.getByLabel('Date').fill('2026-12-25');
    await card.getByLabel('Name (for you)').fill('Christmas');
    await card.getByRole('textbox', { name: 'Greeting when closed' }).fill('See you tomorrow.');
    await lin.accessible('.card');
    await card.scrollIntoViewIfNeeded();
    await lin.screenshot('reception-settings');
    await page.getByRole('button', { name: 'Save' }).click();
    const day = [{ from: '09:00', to: '12:00' }, { from: '12:00', to: '18:00' }];
    await shop.until(async () => (await shop.get(`/channels/${shop.channel.id}`)).settings.hours.enabled);
    const { hours, reception: saved } = (await shop.get(`/channels/${shop.channel.id}`)).settings;
    assert.deepEqual(hours, {
      enabled: true,
      time_zone: 'Asia/Shanghai',
      week: [day, day, day, day, day, [], []],
      dates: [{ date: '2026-12-25', name: 'Christmas', spans: [] }],
    });
    assert.equal(saved.closed_greeting, 'See you tomorrow.');

    await card.getByLabel('Monday: until').first().fill('13:00');
    await page.getByRole('button', { name: 'Save' }).click();
    await card.getByRole('alert').filter({ hasText: 'must be in order' }).waitFor();
    await lin.screenshot('reception-settings-wrong');
    await lin.leave();

    for (const [name, options] of [
      ['phone-zh', { ...phone, locale: 'zh-CN' }],
      ['dark', { ...desktop, colorScheme: 'dark' }],
    ]) {
      const again = await signInAs(browser, parlor.origin, 'lin@example.org', options);
      await again.page.goto(`${parlor.origin}/settings/channels/${shop.channel.id}`);
      await again.page.locator('.hours').first().scrollIntoViewIfNeeded();
      await again.accessible();
      await narrow(again);
      await again.screenshot(`reception-settings-${name}`);
      await again.leave();
    }
  });
});
