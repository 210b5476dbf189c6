// What is asked before a conversation: set up by the house, answered in the chat, read beside the conversation.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { setUp, signInAs } from './shop.mjs';

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true };

describe('questions before the chat', { timeout: 600_000 }, () => {
  let parlor;
  let browser;
  let shop;
  let sales;
  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    browser = await launchBrowser();
    sales = await shop.post('/tags', { name: 'Sales' });
  });
  after(async () => {
    await browser?.close();
    await parlor?.stop();
  });

  const questions = (words) => ({
    enabled: true,
    lead: words[0],
    fields: [
      { id: 'name', kind: 'name', label: words[1], required: true },
      { id: 'mail', kind: 'email', label: words[2], required: false },
      {
        id: 'about',
        kind: 'choice',
        label: words[3],
        required: true,
        options: [{ text: words[4], tag: sales.id }, { text: words[5] }],
      },
    ],
    consent: { text: words[6], link_text: words[7], url: `${parlor.origin}/privacy` },
  });
  const english = [
    'So that the right person answers.',
    'Name',
    'E-mail',
    'What is it about?',
    'Buying',
    'A problem',
    'I agree that you keep what I write.',
    'Privacy notice',
  ];
  const chinese = [
    '方便为您找到合适的客服。',
    '称呼',
    '邮箱',
    '咨询内容',
    '购买',
    '售后',
    '我同意保存我填写的内容。',
    '隐私说明',
  ];

  async function visit(options) {
    const person = await openPerson(browser, parlor.origin, options);
    person.page.setDefaultTimeout(10_000);
    await person.page.goto(`${parlor.origin}/c/${shop.channel.key}`);
    return person;
  }

  it('are set up by administrators', async () => {
    const lin = await signInAs(browser, parlor.origin, 'lin@example.org', desktop);
    const { page } = lin;
    await page.goto(`${parlor.origin}/settings/channels/${shop.channel.id}`);
    const card = page.locator('.card').filter({ hasText: 'Questions before the chat' });
    await card.getByRole('switch', { name: 'Ask before a conversation' }).press('Space');
    await page.getByRole('button', { name: 'Save' }).click();
    await card.getByRole('alert').filter({ hasText: 'Every question needs a text' }).waitFor();
    await card.getByRole('button', { name: 'Add a question' }).press('Enter');
    await card.getByRole('button', { name: 'Add a question' }).press('Enter');
    const second = card.getByRole('group', { name: 'Question 2' });
    await second.getByRole('combobox', { name: 'Kind' }).selectOption('choice');
    await second.getByRole('textbox', { name: 'Question', exact: true }).fill('About');
    await second.getByRole('textbox', { name: 'Choice 1' }).fill('Buying');
    await second.getByRole('combobox', { name: 'Tag for Buying' }).selectOption('Sales');
    await second.getByRole('button', { name: 'Add a choice' }).press('Enter');
    await second.getByRole('textbox', { name: 'Choice 2' }).fill('Other');
    await second.getByRole('switch', { name: 'Must be answered' }).press('Space');
    await second.getByRole('button', { name: 'Move up: About' }).press('Enter');
    await card.getByRole('textbox', { name: 'What must be agreed to' }).fill('I agree.');
    await card.getByRole('textbox', { name: 'Address of the link' }).fill('https://acme.example/privacy');
    await card.getByRole('group', { name: 'Question 1' }).scrollIntoViewIfNeeded();
    await lin.accessible('.channel-forms');
    await lin.screenshot('prechat-settings');
    await page.getByRole('button', { name: 'Save' }).click();
    await shop.until(async () => (await shop.get(`/channels/${shop.channel.id}`)).settings.prechat.enabled);
    const { prechat } = (await shop.get(`/channels/${shop.channel.id}`)).settings;
    const options = [{ text: 'Buying', tag: sales.id }, { text: 'Other', tag: null }];
    assert.deepEqual(prechat, {
      enabled: true,
      lead: '',
      fields: [
        { id: 'q2', kind: 'choice', label: 'About', required: true, options },
        { id: 'q1', kind: 'name', label: 'Name', required: false, options: [] },
      ],
      consent: { text: 'I agree.', link_text: '', url: 'https://acme.example/privacy' },
    });
    await lin.leave();
    const again = await signInAs(browser, parlor.origin, 'lin@example.org', { ...phone, colorScheme: 'dark' });
    await again.page.goto(`${parlor.origin}/settings/channels/${shop.channel.id}`);
    await again.page.locator('.question').first().scrollIntoViewIfNeeded();
    await again.accessible('.channel-forms');
    const over = await again.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(over <= 0, `${over} px too wide`);
    await again.screenshot('prechat-settings-phone-dark');
    await again.leave();
  });

  for (const [name, options, words, start, agree] of [
    ['desktop', desktop, english, 'Start the chat', 'Please agree first.'],
    ['phone-zh', { ...phone, locale: 'zh-CN' }, chinese, '开始咨询', '请先勾选同意。'],
    ['phone-dark', { ...phone, colorScheme: 'dark' }, english, 'Start the chat', 'Please agree first.'],
  ]) {
    it(`are answered by keys and read by the house: ${name}`, async () => {
      await shop.changes({ prechat: questions(words) });
      const person = await visit(options);
      const { page } = person;
      const form = page.locator('.prechat form');
      await form.waitFor();
      assert.equal(await page.locator('.composer').isVisible(), false);
      await person.accessible();
      await person.screenshot(`prechat-${name}`);
      await form.getByRole('button', { name: start }).press('Enter');
      await form.getByRole('alert').filter({ hasText: agree }).waitFor();
      const field = form.getByRole('textbox', { name: words[1] });
      assert.equal(await field.evaluate((node) => node === document.activeElement), true);
      await person.accessible();
      await person.screenshot(`prechat-wrong-${name}`);
      await field.fill('Ana');
      await form.getByRole('textbox', { name: words[2] }).fill('ana@example.org');
      await form.getByRole('combobox').selectOption(words[4]);
      await form.getByRole('checkbox').press('Space');
      await form.getByRole('checkbox').press('Enter');
      const box = page.locator('.composer textarea');
      await box.waitFor();
      assert.equal(await box.evaluate((node) => node === document.activeElement), true);
      await box.fill(`Do you ship? (${name})`);
      await page.locator('button.send').click();
      const conversation = await shop.conversation(`(${name})`);
      assert.deepEqual(conversation.tags, [sales.id]);
      assert.equal(conversation.customer.email, 'ana@example.org');
      // It goes on without questions.
      await page.reload();
      await page.getByText(`(${name})`).waitFor();
      await box.waitFor();
      assert.equal(await form.count(), 0);
      person.quiet();
      await person.leave();

      const lin = await signInAs(browser, parlor.origin, 'lin@example.org', desktop);
      await lin.page.goto(`${parlor.origin}/inbox/all/${conversation.id}`);
      const panel = lin.page.getByRole('complementary');
      await panel.getByRole('heading', { name: 'Before the conversation' }).waitFor();
      await panel.getByText(words[6]).waitFor();
      await lin.accessible();
      await lin.screenshot(`prechat-panel-${name}`);
      lin.quiet();
      await lin.leave();
    });
  }

  it('hold a message back that was sent too early, and let it go', async () => {
    await shop.changes({ prechat: { ...questions(english), enabled: false } });
    const { page, leave } = await visit(desktop);
    await page.locator('.composer textarea').waitFor();
    await page.getByText('How can we help?').waitFor();
    // Asked for since this chat was opened.
    await shop.changes({ prechat: questions(english) });
    await page.locator('.composer textarea').fill('Too early');
    await page.locator('button.send').click();
    await page.getByText('Not sent yet: please answer the questions first.').waitFor();
    await page.reload();
    const form = page.locator('.prechat form');
    await form.getByRole('textbox', { name: 'Name' }).fill('Bo');
    await form.getByRole('combobox').selectOption('A problem');
    await form.getByRole('checkbox').check();
    // Another text is to be agreed to by now.
    const other = questions(english);
    await shop.changes({ prechat: { ...other, consent: { ...other.consent, text: 'I agree to more.' } } });
    await form.getByRole('button', { name: 'Start the chat' }).click();
    await form.getByText('The questions have changed.').waitFor();
    await form.getByRole('textbox', { name: 'Name' }).fill('Bo');
    await form.getByRole('combobox').selectOption('A problem');
    await form.getByRole('checkbox').check();
    await form.getByRole('button', { name: 'Start the chat' }).click();
    const conversation = await shop.conversation('Too early');
    const { filled } = await shop.get(`/conversations/${conversation.id}/prechat`);
    assert.match(filled.consent, /^I agree to more\. Privacy notice/);
    await leave();
  });
});
