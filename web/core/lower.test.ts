import { beforeEach, describe, expect, it } from 'vitest';
import { type FakeClock, fakeClock, settle } from './fake-clock';
import { FakeServer } from './fake-server';
import { createHttp } from './http';
import { type Carrier, type Closed, createPoll, createStream } from './lower';

let clock: FakeClock;
let server: FakeServer;
let heard: Record<string, unknown>[];
let closed: Closed[];
let carrier: Carrier;

async function open(create = createStream, cursor = '1-0'): Promise<void> {
  const { fetch } = server.browser();
  carrier = create(createHttp({ base: '/api/v1', fetch, token: () => 'plv_x' }), clock);
  carrier.onmessage = ({ data }) => heard.push(JSON.parse(String(data)));
  carrier.onclose = (event) => closed.push(event);
  carrier.send(JSON.stringify({ type: 'hello', protocol: 1, token: 'plv_x', cursor }));
  await settle();
}
const types = (): unknown[] => heard.map(({ type }) => type);
const says = (id: string): void => carrier.send(JSON.stringify({ type: 'send', id, text: id }));
const calm = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await settle();
};

beforeEach(() => {
  clock = fakeClock();
  server = new FakeServer(clock);
  heard = [];
  closed = [];
});

describe.each([
  ['a stream', createStream],
  ['polling', createPoll],
])('%s', (_, create) => {
  it('is greeted, told what was missed, and what happens', async () => {
    server.happens();
    await open(create);
    expect(types()).toEqual(['welcome', 'message.created', 'live']);
    server.happens();
    await calm();
    server.happens();
    server.happens();
    await calm();
    expect(heard.map(({ position }) => position).filter(Boolean)).toEqual([1, 2, 3, 4]);
  });

  it('keeps the token out of what it says', async () => {
    const bodies: string[] = [];
    const { fetch } = server.browser();
    const http = createHttp({
      base: '/api/v1',
      token: () => 'plv_secret',
      fetch(input, init) {
        bodies.push(String(init?.body));
        expect(new Headers(init?.headers).get('Authorization')).toBe('Bearer plv_secret');
        return fetch(input, init);
      },
    });
    create(http, clock).send('{"type":"hello","protocol":1,"token":"plv_secret"}');
    await settle();
    expect(bodies[0]).toBe('{"type":"hello","protocol":1}');
    expect(bodies.join()).not.toContain('plv_secret');
  });

  it('sends one request at a time, and what waited together, in order, 64 at most', async () => {
    await open(create);
    for (let i = 0; i < 131; i++) says(`m${i}`);
    await calm();
    expect(server.posts).toEqual([1, 64, 64, 2]);
    expect(server.heard.map(({ id }) => id)).toEqual(
      Array.from({ length: 131 }, (_, i) => `m${i}`),
    );
    expect(types().filter((type) => type === 'ack')).toHaveLength(131);
  });

  it('puts no more into a request than a body may have', async () => {
    await open(create);
    const text = '退'.repeat(30_000);
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      carrier.send(JSON.stringify({ type: 'send', id, text }));
    await calm();
    expect(server.posts).toEqual([1, 2, 2]);
  });

  it.each([
    [{ status: 401, code: 'session.required' }, { code: 4401 }],
    [
      { status: 503, code: 'server.unavailable', retry_after: 9 },
      { code: 1013, retryAfter: 9 },
    ],
    [
      { status: 429, code: 'rate.limited', retry_after: 3 },
      { code: 1013, retryAfter: 3 },
    ],
    [{ status: 404, code: 'line.unknown' }, { code: 1013 }],
    [{ status: 409, code: 'line.out_of_step' }, { code: 1013 }],
    [
      { status: 405, code: 'x' },
      { code: 1006, unexplained: true },
    ],
    [
      { status: 502, code: 'x' },
      { code: 1006, unexplained: true },
    ],
  ])('closes as a socket would: %j', async (answer, how) => {
    server.says = () => answer;
    await open(create);
    expect(closed).toEqual([how]);
    server.says = (path) => (path === '/line/frames' ? answer : undefined);
    closed = [];
    await open(create);
    says('a');
    await calm();
    expect(closed).toMatchObject([how]);
  });

  it('treats frames as not answered when no answer came', async () => {
    await open(create);
    server.loses = (path) => path === '/line/frames';
    says('a');
    says('b');
    await calm();
    expect(closed).toEqual([{ code: 1006, unexplained: true }]);
    expect(types()).not.toContain('ack');
    expect(server.heard).toHaveLength(1);
  });

  it('waits twenty seconds for an answer, not for ever', async () => {
    await open(create);
    server.never = '/line/frames';
    says('a');
    await clock.advance(19_000);
    expect(closed).toEqual([]);
    await clock.advance(1_500);
    expect(closed).toHaveLength(1);
  });

  it('ends with the code of a close frame, and says nothing after it', async () => {
    await open(create);
    server.tellAll({ type: 'close', code: 1001 });
    server.tellAll({ type: 'typing' });
    await calm();
    expect(closed).toEqual([{ code: 1001 }]);
    expect(types()).toEqual(['welcome', 'live']);
  });

  it('is silent once it is closed', async () => {
    await open(create);
    carrier.close();
    server.happens();
    await clock.advance(120_000);
    expect(types()).toEqual(['welcome', 'live']);
    expect(closed).toEqual([]);
    expect(server.members.size).toBe(0);
  });

  it('retires when what was sent is answered', async () => {
    await open(create);
    says('a');
    says('b');
    carrier.retire();
    await calm();
    expect(types().filter((type) => type === 'ack')).toHaveLength(2);
    const before = server.asked.length;
    server.happens();
    await calm();
    expect(server.asked).toHaveLength(before);
  });

  it('gives signs of life', async () => {
    await open(create);
    await clock.advance(5 * 60_000);
    expect(closed).toEqual([]);
    const ticks = types().filter((type) => type === 'tick').length;
    expect(ticks).toBe(12);
    if (create === createStream) expect(server.heard).toHaveLength(12);
    else expect(server.count('/line/poll')).toBe(14);
  });
});

describe('a stream', () => {
  it('that says nothing for forty seconds is stalled, unless the laptop slept', async () => {
    await open();
    server.answers = 'held';
    await clock.advance(41_000);
    expect(closed).toEqual([{ code: 1006, unexplained: true, stalled: true }]);
    closed = [];
    server.answers = 'streamed';
    await open();
    server.answers = 'held';
    const { now } = clock;
    clock.now = () => now() + 3_600_000;
    await clock.advance(41_000);
    expect(closed).toEqual([{ code: 1006, unexplained: true }]);
  });

  it('that ends without a word is a broken line', async () => {
    await open();
    server.cut();
    await calm();
    expect(closed).toEqual([{ code: 1006, unexplained: true }]);
  });
});

describe('polling', () => {
  it('asks for a lost answer again, and hears each event once', async () => {
    await open(createPoll);
    let lost = 0;
    server.loses = (path) => path === '/line/poll' && lost++ % 2 === 0;
    for (let i = 0; i < 10; i++) {
      server.happens();
      await clock.advance(700);
    }
    await clock.advance(5000);
    expect(heard.map(({ position }) => position).filter(Boolean)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(lost).toBeGreaterThan(10);
    expect(closed).toEqual([]);
  });

  it('gives up when nothing came for thirty-five seconds', async () => {
    await open(createPoll);
    server.away = true;
    server.happens();
    await clock.advance(34_000);
    expect(closed).toEqual([]);
    await clock.advance(30_000);
    expect(closed).toEqual([{ code: 1006, unexplained: true }]);
  });
});
