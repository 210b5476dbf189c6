// A day's work on conversations by keys alone: tags, priority, putting aside, many at once, and back
// again; filters and views; the command bar; who else is here.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, startParlor } from './harness.mjs';
import { password, setUp, signInAs, sizes, visitorSays } from './shop.mjs';

const customers = [
  ['陈思远', '请问紫砂壶什么时候发货？', 'gold'],
  ['Mei Tanaka', 'My parcel arrived broken', 'gold'],
  ['Tom Becker', 'Do you ship to Vienna?', 'free'],
  ['王小明', '我想退款', 'free'],
  ['Anna Lindqvist', 'Wrong colour, please exchange', 'free'],
  ['Luis', 'Invoice please', 'free'],
];

describe('the inbox', { timeout: 900_000 }, () => {
  let parlor;
  let browser;
  let shop;
  let lin;
  let page;
  const ids = {};

  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    browser = await launchBrowser();
    for (const [name, words, plan] of customers) {
      const more = { attributes: { plan } };
      ids[name] = await visitorSays(parlor.origin, shop.channel.key, name, words, more);
    }
    await shop.post('/users', { name: 'Ada', email: 'ada@example.org', role: 'agent', password });
    lin = await signInAs(browser, parlor.origin, 'lin@example.org');
    page = lin.page;
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  const state = (name) => shop.get(`/conversations/${ids[name]}`);
  const row = (name) => page.locator('.row', { hasText: name });
  const keys = async (...all) => {
    for (const key of all) await page.keyboard.press(key);
  };
  const options = () => page.getByRole('option');
  const focus = () =>
    page.evaluate(() => document.activeElement?.closest('[data-row]')?.textContent ?? '');
  const go = async (path) => {
    await page.goto(parlor.origin + path);
    await page.locator('.row').first().waitFor();
  };

  it('marks a conversation with a new tag and a priority, and takes both back', async () => {
    await go('/inbox/all');
    await keys('j');
    await page.waitForFunction(() => document.activeElement?.matches('[data-row]'));
    assert.match(await focus(), /Luis/);
    await keys('Enter');
    await page.locator('.composer-input').waitFor();
    await keys('t');
    await page.keyboard.type('Billing');
    await options().filter({ hasText: 'Create “Billing”' }).waitFor();
    await keys('Enter');
    await page.locator('.talk-labels .tagged', { hasText: 'Billing' }).waitFor();
    await keys('Escape', 'p');
    await page.keyboard.type('urg');
    await keys('Enter');
    await page.locator('.talk-labels .mark-urgent').waitFor();
    assert.equal((await state('Luis')).priority, 'urgent');
    await row('Luis').locator('.tagged', { hasText: 'Billing' }).waitFor();
    await lin.accessible();
    await lin.screenshot('inbox-labels-desktop-light-en');
    await keys('z');
    await page.locator('.talk-labels .mark-urgent').waitFor({ state: 'detached' });
    await keys('z');
    await page.locator('.talk-labels .tagged').waitFor({ state: 'detached' });
    assert.deepEqual((await state('Luis')).tags, []);
    await keys('t');
    await page.keyboard.type('bill');
    await keys('Enter', 'Escape');
    await page.locator('.talk-labels .tagged').waitFor();
  });

  it('puts one aside for two hours and goes on with the next; the customer brings it back', async () => {
    await keys('s');
    await page.keyboard.type('2h');
    await options().first().waitFor();
    await lin.screenshot('inbox-snooze-desktop-light-en');
    await keys('Enter');
    await page.waitForURL((url) => !url.pathname.endsWith(ids.Luis));
    assert(page.url().endsWith(ids['Anna Lindqvist']), page.url());
    const aside = (await state('Luis')).snooze;
    assert(Math.abs(aside.until - Date.now() - 7_200_000) < 60_000);
    await row('Luis').waitFor({ state: 'detached' });
    await page.goto(`${parlor.origin}/inbox/snoozed`);
    await row('Luis').waitFor();
    await lin.accessible();
    await lin.screenshot('inbox-snoozed-desktop-light-en');
    await page.goto(`${parlor.origin}/inbox/snoozed/${ids.Luis}`);
    await page.locator('.thread-activity', { hasText: 'You snoozed this' }).waitFor();
    await keys('Escape', 'j');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('end the');
    await keys('Enter');
    await page.locator('.list .empty', { hasText: 'Nothing is snoozed' }).waitFor();
  });

  it('marks as unread, back in the list, without losing the place', async () => {
    await go(`/inbox/all/${ids['Tom Becker']}`);
    await page.locator('.bubble').first().waitFor();
    await shop.until(async () => (await state('Tom Becker')).unread === 0);
    await keys('u');
    await page.waitForURL(/\/inbox\/all$/);
    await row('Tom Becker').locator('.row-count').waitFor();
    assert.match(await focus(), /Tom Becker/);
    assert.equal((await state('Tom Becker')).unread, 1);
  });

  it('does one thing to many, says how many, and takes it back with one key', async () => {
    await go('/inbox/all?sort=oldest');
    await keys('j', 'x', 'j', 'x');
    await page.locator('.bulk-count', { hasText: '2 selected' }).waitFor();
    await keys('Shift+j');
    await page.locator('.bulk-count', { hasText: '3 selected' }).waitFor();
    await lin.accessible();
    await lin.screenshot('inbox-bulk-desktop-light-en');
    await keys('a');
    await page.keyboard.type('ada');
    await keys('Enter');
    await page.locator('.toast', { hasText: '3 assigned to Ada' }).waitFor();
    const mine = async () => {
      const { items } = await shop.get('/conversations?view=all');
      return items.filter(({ assignee }) => assignee).length;
    };
    assert.equal(await mine(), 3);
    await keys('z');
    await page.locator('.toast', { hasText: 'Undone' }).waitFor();
    assert.equal(await mine(), 0);
    await keys('*', 'e');
    await page.locator('.toast', { hasText: '6 resolved' }).waitFor();
    await page.locator('.list .empty', { hasText: 'No open conversations' }).waitFor();
    await page
      .locator('.toast', { hasText: '6 resolved' })
      .getByRole('button', { name: 'Undo' })
      .click();
    await row('陈思远').waitFor();
    assert.equal((await shop.get('/conversations?view=resolved')).items.length, 0);
    assert((await state('陈思远')).waiting_since_at, 'they still wait');
  });

  it('narrows by what the page said of its visitor and by who waits, and the address says so', async () => {
    await go('/inbox/all');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.keyboard.type('plan: gold');
    await keys('Enter', 'Escape');
    await row('Tom Becker').waitFor({ state: 'detached' });
    await row('Mei Tanaka').waitFor();
    assert.equal(await page.locator('.row').count(), 2);
    assert.equal(new URL(page.url()).searchParams.get('attribute'), 'plan:gold');
    await page.getByRole('button', { name: /^Sorted by/ }).click();
    await page.keyboard.type('wait');
    await keys('Enter');
    await page.waitForURL(/sort=waiting/);
    await row('Mei Tanaka').waitFor();
    assert.match(await page.locator('.row').first().innerText(), /陈思远/);
    await page.reload();
    await row('陈思远').waitFor();
    assert.equal(await page.locator('.row').count(), 2);
    await lin.accessible();
    await lin.screenshot('inbox-filtered-desktop-light-en');
  });

  it('keeps that as a view for everybody, counted live', async () => {
    await page.getByRole('button', { name: 'Save as a view' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('金卡 Gold');
    await dialog.getByLabel('For everybody').check();
    await lin.accessible();
    await keys('Enter');
    await dialog
      .getByRole('button', { name: 'Save' })
      .click({ timeout: 1_000 })
      .catch(() => undefined);
    await page.waitForURL(/\/inbox\/view_\d+$/);
    const link = page.locator('.side-saved .side-link', { hasText: '金卡 Gold' });
    await link.locator('.side-badge', { hasText: '2' }).waitFor();
    const ada = await signInAs(browser, parlor.origin, 'ada@example.org');
    await ada.page.locator('.side-saved .side-link', { hasText: '金卡 Gold' }).click();
    await ada.page.locator('.row', { hasText: 'Mei Tanaka' }).waitFor();
    await ada.leave();
    await keys('j', 'e');
    await link.locator('.side-badge', { hasText: '1' }).waitFor();
    await keys('z');
    await link.locator('.side-badge', { hasText: '2' }).waitFor();
  });

  it('finds everything by the command bar, Chinese too, and lists its keys on the sheet', async () => {
    await go('/inbox/all');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('金卡');
    await options().filter({ hasText: '金卡 Gold' }).waitFor();
    await lin.accessible('dialog');
    await keys('Enter');
    await page.waitForURL(/view_\d+$/);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('wang');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('王小明');
    await keys('Enter');
    await page.waitForURL((url) => url.pathname.endsWith(ids['王小明']));
    // Also while somebody writes, and the words stay.
    await page.locator('.composer-input').waitFor();
    await keys('r');
    await page.keyboard.type('half a sentence');
    await page.keyboard.press('Control+k');
    await lin.screenshot('inbox-bar-desktop-light-en');
    await page.keyboard.type('set pri');
    await keys('Enter');
    await page.keyboard.type('high');
    await keys('Enter');
    await page.locator('.talk-labels .mark-high').waitFor();
    assert.equal(await page.locator('.composer-input').inputValue(), 'half a sentence');
    await page.locator('.composer-input').fill('');
    await page.locator('.composer-input').press('Escape');
    await keys('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    for (const what of [
      'Snooze',
      'Tags',
      'Set priority',
      'Mark as unread',
      'Undo',
      'Command bar',
    ]) {
      await sheet.getByText(what, { exact: true }).waitFor();
    }
    await lin.accessible('dialog');
    await keys('Escape');
  });

  it('shows who else is here and warns of two answers at once', async () => {
    const ada = await signInAs(browser, parlor.origin, 'ada@example.org');
    await ada.page.goto(`${parlor.origin}/inbox/all/${ids['Mei Tanaka']}`);
    await page.goto(`${parlor.origin}/inbox/all/${ids['Mei Tanaka']}`);
    await page.locator('.lookers', { hasText: 'Here too: Ada' }).waitFor();
    await ada.page.locator('.lookers', { hasText: 'Here too: Lin' }).waitFor();
    await ada.page.keyboard.press('r');
    await ada.page.keyboard.type('We are sorry');
    await page.locator('.collision', { hasText: 'Ada is writing an answer here too' }).waitFor();
    await lin.accessible();
    await lin.screenshot('inbox-together-desktop-light-en');
    await ada.leave();
    await page.locator('.lookers').waitFor({ state: 'detached' });
  });

  it('keeps the list of tags tidy', async () => {
    await page.goto(`${parlor.origin}/settings/tags`);
    await page.getByRole('button', { name: 'Edit Billing' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Invoices 发票');
    await page.getByRole('dialog').getByLabel('Colour').selectOption('green');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.locator('.tagged-green', { hasText: 'Invoices 发票' }).waitFor();
    await page.getByRole('button', { name: 'Delete Invoices 发票' }).click();
    await page.locator('.empty', { hasText: 'No tags yet' }).waitFor();
    await lin.accessible();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('.tagged-green').waitFor();
  });

  for (const [size, options] of Object.entries(sizes)) {
    for (const [colorScheme, locale] of [
      ['light', 'en'],
      ['dark', 'zh-CN'],
    ]) {
      it(`is whole by keys alone: ${size}, ${colorScheme}, ${locale}`, async () => {
        await shop.ask('PATCH', '/me', { locale });
        const storageState = await lin.context.storageState();
        const open = { ...options, colorScheme, locale, storageState };
        const { openPerson } = await import('./harness.mjs');
        const person = await openPerson(browser, parlor.origin, open);
        const desk = person.page;
        desk.setDefaultTimeout(10_000);
        const shot = (name) => person.screenshot(`inbox-${name}-${size}-${colorScheme}-${locale}`);
        const whole = async (name) => {
          const wide = await desk.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert(wide <= 0, `${name}: ${wide} px too wide`);
          await person.accessible();
          await shot(name);
        };
        await desk.goto(`${parlor.origin}/inbox/all?sort=priority`);
        await desk.locator('.row').first().waitFor();
        await whole('list');
        await desk.keyboard.press('j');
        await desk.keyboard.press('x');
        await desk.locator('.bulk').waitFor();
        await whole('picked');
        await desk.keyboard.press('Escape');
        await desk.keyboard.press('Enter');
        await desk.locator('.composer-input').waitFor();
        for (const [key, name] of [
          ['s', 'ask-snooze'],
          ['t', 'ask-tags'],
          ['p', 'ask-priority'],
          ['a', 'ask-assign'],
        ]) {
          await desk.keyboard.press(key);
          await desk.getByRole('combobox').waitFor();
          await whole(name);
          await desk.keyboard.press('Escape');
        }
        await desk.keyboard.press('Control+k');
        await desk.locator('.bar').waitFor();
        await whole('bar');
        await desk.keyboard.press('Escape');
        await desk.keyboard.press('?');
        await desk.locator('.keys').waitFor();
        await whole('sheet');
        await desk.keyboard.press('Escape');
        await desk.goto(`${parlor.origin}/settings/tags`);
        await desk.locator('.thing').waitFor();
        await whole('tags');
        person.quiet();
        await person.leave();
      });
    }
  }

  it('stayed on its server', () => {
    lin.stayedHome();
    lin.quiet();
  });
});
