// A visitor and an agent who talk through what lets no WebSocket pass: they notice nothing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { launchBrowser, openPerson, startParlor } from './harness.mjs';
import { startProxy } from './proxy.mjs';
import { setUp } from './shop.mjs';

const paths = { socket: 'socket', stream: '/api/v1/line/stream', poll: '/api/v1/line/poll' };

describe('where no WebSocket passes', { timeout: 400_000 }, () => {
  let parlor;
  let browser;
  let shop;
  /** Signed in once: a proxy is another port of the same host. */
  let session;
  const proxies = [];

  before(async () => {
    parlor = await startParlor();
    shop = await setUp(parlor);
    browser = await launchBrowser();
    const { page, context, leave } = await openPerson(browser, parlor.origin);
    await page.goto(parlor.origin);
    await page.getByLabel('E-mail').fill('lin@example.org');
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
    await page.keyboard.press('Enter');
    await page.locator('.account').waitFor();
    session = { cookies: await context.cookies(), origins: [] };
    await leave();
  });
  after(async () => {
    await browser?.close();
    // A test that failed left its own behind, and the process would wait for it for ever.
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await parlor?.stop();
  });

  async function until(what, look) {
    for (const end = Date.now() + 30_000; ; ) {
      if (await look()) return;
      assert(Date.now() < end, `waited half a minute for ${what}`);
      await pause(50);
    }
  }

  /** Both sides at their screens, with something between them and the server. */
  async function meet(how) {
    const proxy = await startProxy(parlor.origin, how);
    proxies.push(proxy);
    const agent = await openPerson(browser, proxy.origin, { storageState: session });
    const visitor = await openPerson(browser, proxy.origin);
    for (const { context } of [agent, visitor]) await context.clock.install();
    await agent.page.goto(proxy.origin);
    await agent.page.locator('.account').waitFor();
    await visitor.page.goto(`${proxy.origin}/c/${shop.channel.key}`);
    const box = visitor.page.getByRole('textbox');
    const people = { proxy, agent, visitor, said: { visitor: [], agent: [] } };
    const name = `${JSON.stringify(how)} ${crypto.randomUUID().slice(0, 4)}`;
    return Object.assign(people, {
      async begin() {
        await this.visitorSays(`hello by ${name}`);
        people.conversation = await shop.conversation(name);
        await agent.page.getByText(`hello by ${name}`).first().click();
        await agent.page.locator('#composer-input').waitFor();
      },
      async visitorSays(text) {
        people.said.visitor.push(text);
        await box.fill(text);
        await box.press('Enter');
      },
      async agentSays(text) {
        people.said.agent.push(text);
        await agent.page.locator('#composer-input').fill(text);
        await agent.page.locator('#composer-input').press('Enter');
      },
      /** By which way both are connected: each has one request or socket under way. Waiting is three
          times as fast as life. */
      connected: (way) =>
        until(way, async () => {
          if (proxy.running(paths[way]) === 2) return true;
          await pause(200);
          for (const { context } of [agent, visitor]) await context.clock.fastForward(500);
        }),
      /** Each side shows everything once and in order, as sent. */
      async agree() {
        const shown = async (page, mine, theirs) => [
          await page.locator(mine).allInnerTexts(),
          await page.locator(theirs).allInnerTexts(),
        ];
        const { visitor: asked, agent: told } = people.said;
        const wanted = { visitor: [asked, told], agent: [told, asked] };
        const count = (sides) => Object.values(sides).flat(2).length;
        let seen;
        for (const end = Date.now() + 30_000; ; await pause(50)) {
          seen = {
            visitor: await shown(visitor.page, '.row.mine .text', '.row.theirs .text'),
            agent: await shown(
              agent.page,
              '.bubble-ours .bubble-text',
              '.bubble-theirs .bubble-text',
            ),
          };
          if (count(seen) >= count(wanted) || Date.now() > end) break;
        }
        assert.deepEqual(seen, wanted);
        // Nothing waits, nothing failed.
        await until(
          'receipts',
          async () =>
            !(await visitor.page.locator('[data-status=sending], [data-status=failed]').count()),
        );
        await until('receipts', async () => !(await agent.page.locator('.bubble-waiting').count()));
        const stored = (await shop.messages(people.conversation)).filter(
          ({ kind }) => kind === 'text',
        );
        assert.equal(stored.length, asked.length + told.length);
      },
      async seeEachOtherType() {
        await agent.page.locator('#composer-input').pressSequentially('Wait');
        await visitor.page.locator('.typing', { hasText: 'Lin' }).waitFor();
        await agent.page.locator('#composer-input').fill('');
        await box.pressSequentially('W');
        await agent.page
          .getByText(/typing/)
          .first()
          .waitFor();
        await box.fill('');
      },
      async leave() {
        await agent.leave();
        await visitor.leave();
        await proxy.stop();
      },
    });
  }

  async function talk(people) {
    for (let i = 1; i <= 3; i++) {
      await people.visitorSays(`question ${i}`);
      await people.agentSays(`answer ${i}`);
    }
    await people.agree();
    await people.seeEachOtherType();
    await people.visitor.page
      .locator('.row.mine [aria-label="Read"]')
      .first()
      .waitFor({ state: 'attached' });
  }

  /** The line breaks while both speak. */
  async function breakAndTalk(people) {
    for (let i = 1; i <= 4; i++) {
      const saying = Promise.all([
        people.visitorSays(`during ${i}`),
        people.agentSays(`meanwhile ${i}`),
      ]);
      if (i % 2) people.proxy.cut();
      await saying;
      if (i % 2 === 0) people.proxy.cut();
    }
    await people.agree();
  }

  const obstacles = [
    ['WebSocket, where it passes', {}, 'socket'],
    ['a stream, where Upgrade is stripped', { upgrades: 'strip' }, 'stream'],
    ['a stream, where upgrades are answered 426', { upgrades: 426 }, 'stream'],
    ['a stream, where upgrades are answered 502', { upgrades: 502 }, 'stream'],
    ['a stream, where upgrades hang', { upgrades: 'hang' }, 'stream'],
    ['polling, where answers are held back too', { upgrades: 502, answers: 'held' }, 'poll'],
    [
      'polling, where upgrades hang and answers are held back',
      { upgrades: 'hang', answers: 'held' },
      'poll',
    ],
  ];
  for (const [name, how, way] of obstacles) {
    it(`they talk by ${name}; a cut loses and doubles nothing`, async () => {
      const people = await meet(how);
      await people.connected(way);
      await people.begin();
      await talk(people);
      await breakAndTalk(people);
      await people.connected(way);
      for (const { page } of [people.agent, people.visitor]) {
        const line = await page.evaluate(
          () => JSON.parse(sessionStorage.getItem('parlor.way'))?.rung ?? 0,
        );
        assert.equal(line, Object.keys(paths).indexOf(way));
      }
      await people.leave();
    });
  }

  it('a page that is loaded again knows the way', async () => {
    const people = await meet({ upgrades: 'hang', answers: 'held' });
    await people.connected('poll');
    await people.begin();
    const upgrades = people.proxy.count('upgrade');
    const streams = people.proxy.count(paths.stream);
    await people.visitor.page.reload();
    await people.agent.page.reload();
    await people.connected('poll');
    await people.agent.page.locator('#composer-input').waitFor();
    await talk(people);
    assert.equal(people.proxy.count('upgrade'), upgrades);
    assert.equal(people.proxy.count(paths.stream), streams);
    await people.leave();
  });

  it('the agent can look up why', async () => {
    const people = await meet({ upgrades: 502 });
    await people.connected('stream');
    await people.agent.page.locator('.account').click();
    await people.agent.page.getByText(/Connected by stream: something between you/).waitFor();
    await people.agent.accessible('.frame');
    await people.agent.screenshot('console-by-stream');
    await people.leave();
  });

  for (const [name, how, way] of obstacles.slice(4, 6)) {
    it(`from ${name}, they go back up when WebSocket passes again, in the middle of their talk`, async () => {
      const people = await meet(how);
      await people.connected(way);
      await people.begin();
      const { proxy } = people;
      Object.assign(proxy, { upgrades: 'pass', answers: 'pass' });
      const streams = proxy.count(paths.stream);
      // Five minutes, in steps short enough that nobody takes it for silence.
      for (let i = 1; proxy.running(paths.socket) < 2; i++) {
        assert(i < 20, 'they stay below');
        for (const { context } of [people.agent, people.visitor])
          await context.clock.fastForward(34_000);
        await people.visitorSays(`step ${i}`);
        await people.agentSays(`reply ${i}`);
        await people.agree();
      }
      await talk(people);
      assert.equal(proxy.count(paths.stream), streams, 'the line below broke');
      await until(
        'the lower way to end',
        () => !proxy.running(paths.stream) && !proxy.running(paths.poll),
      );
      await breakAndTalk(people);
      await people.connected('socket');
      await people.leave();
    });
  }

  it('a laptop that slept comes back, by the better way where there is one', async () => {
    const people = await meet({ upgrades: 502 });
    await people.connected('stream');
    await people.begin();
    people.proxy.upgrades = 'pass';
    for (const { context } of [people.agent, people.visitor])
      await context.clock.fastForward('08:00:00');
    await people.connected('socket');
    await talk(people);
    await people.leave();
  });

  it('a page that was offline, or put away, comes back', async () => {
    for (const [how, way] of [
      [{ upgrades: 502 }, 'stream'],
      [{ upgrades: 502, answers: 'held' }, 'poll'],
    ]) {
      const people = await meet(how);
      await people.connected(way);
      await people.begin();
      for (const { context } of [people.agent, people.visitor]) await context.setOffline(true);
      await until('the lines to end', () => people.proxy.running(paths[way]) === 0);
      await people.visitorSays('written offline');
      await people.agentSays('so is this');
      for (const { context } of [people.agent, people.visitor]) await context.setOffline(false);
      await people.agree();
      const ended = people.proxy.ended(paths[way]);
      for (const { page } of [people.agent, people.visitor]) {
        await page.evaluate(() =>
          dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })),
        );
      }
      // This page still has its timers, and may be back before anybody looked.
      await until('the lines to end', () => people.proxy.ended(paths[way]) >= ended + 2);
      for (const { page } of [people.agent, people.visitor]) {
        await page.evaluate(() =>
          dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
        );
      }
      await talk(people);
      await people.leave();
    }
  });

  it('code that could not be fetched is fetched again', async () => {
    const proxy = await startProxy(parlor.origin, { upgrades: 502 });
    const visitor = await openPerson(browser, proxy.origin);
    let asked = 0;
    await visitor.page.route('**/assets/chat/*.js', async (route) => {
      const response = await route.fetch();
      const ours = (await response.text()).includes('/line/stream');
      if (ours) asked++;
      return ours && asked === 1 ? route.abort() : route.fulfill({ response });
    });
    await visitor.page.goto(`${proxy.origin}/c/${shop.channel.key}`);
    await until('the stream', () => proxy.running(paths.stream) === 1);
    assert.equal(asked, 2);
    await visitor.leave();
    await proxy.stop();
  });

  it('a server that is away does not send anybody down', async () => {
    const people = await meet({});
    await people.connected('socket');
    await people.begin();
    people.proxy.upgrades = 502;
    const { pathname } = new URL(paths.stream, parlor.origin);
    for (const { context } of [people.agent, people.visitor])
      await context.route('**/healthz', (route) => route.abort());
    people.proxy.cut();
    await pause(4000);
    people.proxy.upgrades = 'pass';
    await people.connected('socket');
    assert.equal(people.proxy.count(pathname), 0);
    await people.leave();
  });
});
