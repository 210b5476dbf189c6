import { beforeEach, describe, expect, it } from 'vitest';
import { type Connection, createConnection } from './connection';
import { type FakeClock, fakeClock, settle } from './fake-clock';
import { FakeServer } from './fake-server';
import { createHttp } from './http';
import { createWay } from './way';

interface Said {
  type: string;
  position: number;
}

let clock: FakeClock;
let server: FakeServer;
let events: number[];
let states: string[];
let cursors: number[];
let snapshots: number;
let line: Connection;

/** A page that is opened. What the session keeps is the server object's. */
function visit(cursor: string | undefined = '1-0'): Connection {
  const browser = server.browser();
  const http = createHttp({ base: '/api/v1', fetch: browser.fetch, token: () => 'plv_x' });
  const open = createWay({ browser, clock, rung: 0, misses: 0 });
  line = createConnection<Said>({
    clock,
    open: () => open(http),
    random: () => 1,
    token: () => 'plv_x',
    cursor,
    onEvent: (event) => events.push(event.position),
    onReset: async () => {
      snapshots++;
    },
    onCursor: (cursor) => cursors.push(Number(cursor.split('-')[1])),
    onState: (state) => states.push(state),
  });
  line.connect();
  return line;
}

/** Chunks load outside of the fake time. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    await clock.advance(Math.min(left, 1000));
    await new Promise((resolve) => setTimeout(resolve));
    await settle();
  }
}

const rung = (): number => JSON.parse(server.storage.get('parlor.way') ?? '{"rung":0}').rung;
const minutes = 60_000;

beforeEach(async () => {
  clock = fakeClock();
  server = new FakeServer(clock);
  events = [];
  states = [];
  cursors = [];
  snapshots = 0;
  await import('./ladder');
});

describe('the way down', () => {
  it('is not taken while WebSocket works', async () => {
    visit();
    await pass(10_000);
    expect(server.ways()).toEqual(['socket']);
    expect(server.asked).toEqual(['socket']);
  });

  it('is the stream, once the upgrade was refused twice and HTTP passes', async () => {
    server.upgrades = 'refused';
    visit();
    await pass(4000);
    expect(server.ways()).toEqual(['stream']);
    expect(server.count('socket')).toBe(2);
    expect(line.state).toBe('live');
  });

  it('is the stream, when upgrades hang: after twice five seconds', async () => {
    server.upgrades = 'hang';
    visit();
    await pass(10_000);
    expect(server.count('/line/stream')).toBe(0);
    await pass(3000);
    expect(server.ways()).toEqual(['stream']);
    expect(line.state).toBe('live');
  });

  it('is polling, where answers are held back or streams are refused', async () => {
    for (const answers of ['held', 'refused'] as const) {
      server = new FakeServer(clock);
      Object.assign(server, { upgrades: 'refused', answers });
      visit();
      await pass(25_000);
      expect(server.ways()).toContain('poll');
      expect(line.state).toBe('live');
      expect(server.count('/line/stream')).toBe(2);
      expect(rung()).toBe(2);
      line.close();
    }
  });

  it('is not taken because the server or the network is away', async () => {
    server.away = true;
    visit();
    await pass(5 * minutes);
    server.away = false;
    await pass(40_000);
    expect(server.ways()).toEqual(['socket']);
    server.away = true;
    server.cut();
    await pass(5 * minutes);
    server.away = false;
    await pass(40_000);
    expect(server.ways()).toEqual(['socket']);
    expect(server.count('/line/stream') + server.count('/line/poll')).toBe(0);
  });

  it('is not taken because what stands before the server answers for it', async () => {
    server.upgrades = 'refused';
    server.says = () => ({ status: 502, code: 'x' });
    visit();
    await pass(5 * minutes);
    expect(server.count('/healthz')).toBeGreaterThan(5);
    expect(server.count('/line/stream')).toBe(0);
  });

  it('is not taken for a close that a server explains', async () => {
    const browser = server.browser();
    for (const code of [1013, 1001, 4408, 4401]) {
      const open = createWay({ browser, clock, rung: 0, misses: 0 });
      for (let i = 0; i < 4; i++) {
        const socket = open({} as never) as unknown as EventTarget;
        socket.dispatchEvent(Object.assign(new Event('close'), { code }));
        await settle();
      }
    }
    expect(server.count('/healthz')).toBe(0);
  });

  it('goes back to the top where the server went away before a lower way was sure', async () => {
    server.upgrades = 'refused';
    visit();
    await pass(1200);
    server.away = true;
    await pass(60_000);
    server.away = false;
    server.upgrades = 'pass';
    await pass(40_000);
    expect(server.ways()).toEqual(['socket']);
  });

  it('is remembered by the session: the next page pays nothing', async () => {
    Object.assign(server, { upgrades: 'hang', answers: 'held' });
    visit();
    await pass(40_000);
    line.close();
    const before = server.count('socket');
    visit();
    await pass(1000);
    expect(line.state).toBe('live');
    expect(server.count('socket')).toBe(before);
  });

  it('leaves a stream that was fine and then fell silent', async () => {
    server.upgrades = 'refused';
    visit();
    await pass(5000);
    expect(server.ways()).toEqual(['stream']);
    server.answers = 'held';
    server.happens();
    await pass(60_000);
    expect(server.ways()).toContain('poll');
    expect(events).toEqual([1]);
    expect(line.state).toBe('live');
  });
});

describe('the way up', () => {
  async function below(how: Partial<FakeServer>): Promise<void> {
    Object.assign(server, how);
    visit();
    await pass(30_000);
    expect(line.state).toBe('live');
    Object.assign(server, { upgrades: 'pass', answers: 'streamed' });
    states.length = 0;
  }

  it.each([
    ['the stream', { upgrades: 'refused' } as const],
    ['polling', { upgrades: 'hang', answers: 'held' } as const],
  ])('leads from %s to WebSocket, without losing or doubling an event', async (_, how) => {
    await below(how);
    server.happens();
    await pass(1000);
    // Between our hello by the new way and its welcome more happens, which both ways tell.
    await pass(4 * minutes);
    server.lagMs = 450;
    for (let i = 0; i < 1800; i++) {
      server.happens();
      await clock.advance(100);
    }
    server.lagMs = 0;
    expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
    await pass(minutes);
    expect(server.ways()).toEqual(['socket']);
    expect(events).toEqual(server.stored.map(({ position }) => position));
    expect(states).toEqual([]);
    expect(rung()).toBe(0);
    server.happens();
    await clock.advance(0);
    expect(events.at(-1)).toBe(server.stored.length);
    expect(line.cursor).toBe(`1-${server.stored.length}`);
  });

  it('leads from polling to the stream, where only that has become better', async () => {
    await below({ upgrades: 'refused', answers: 'held' });
    server.upgrades = 'refused';
    await pass(7 * minutes);
    expect(server.ways()).toEqual(['stream']);
    expect(rung()).toBe(1);
    expect(states).toEqual([]);
  });

  it('is tried ever more rarely, and the running way knows nothing of it', async () => {
    await below({ upgrades: 'refused' });
    server.upgrades = 'hang';
    const tries: number[] = [];
    let seen = server.count('socket');
    const start = clock.now();
    for (let i = 0; i < 16_000; i += 10) {
      await clock.advance(10_000);
      if (server.count('socket') > seen) tries.push(Math.round((clock.now() - start) / minutes));
      seen = server.count('socket');
    }
    // 5, 10, 20, 40, then 60 minutes apart.
    expect(tries.slice(0, 6)).toEqual([5, 15, 35, 75, 135, 195]);
    expect(states).toEqual([]);
    expect(server.ways()).toEqual(['stream']);
  });

  it('is tried at once after the network changed', async () => {
    await below({ upgrades: 'refused' });
    server.online = false;
    line.hint('offline');
    await pass(1000);
    server.online = true;
    line.hint('online');
    await pass(2000);
    expect(server.ways()).toEqual(['socket']);
  });

  it('is due when it was, although the page is another', async () => {
    await below({ upgrades: 'refused' });
    await pass(4 * minutes);
    line.close();
    visit();
    await pass(2000);
    expect(server.ways()).toEqual(['stream']);
    await pass(minutes);
    expect(server.ways()).toEqual(['socket']);
  });

  it('waits for what was sent by the way below to be answered, and hears each thing once', async () => {
    await below({ upgrades: 'refused' });
    Object.assign(server, { lagMs: 1000, answersMs: 3000 });
    while (server.count('socket') < 3) await clock.advance(50);
    let answered = false;
    line.deliver({ type: 'send', id: 'm1', text: 'x' }).then(() => {
      answered = true;
    });
    await clock.advance(2000);
    expect(server.ways()).toEqual(['stream', 'socket']);
    server.happens();
    expect(answered).toBe(false);
    await clock.advance(5000);
    expect(answered).toBe(true);
    expect(server.ways()).toEqual(['socket']);
    expect(events).toEqual([1, 2]);
  });

  it('does not mind that the way below breaks after it', async () => {
    await below({ upgrades: 'refused' });
    server.happens();
    Object.assign(server, { lagMs: 1000, answersMs: 9000 });
    while (server.count('socket') < 3) await clock.advance(50);
    line.deliver({ type: 'send', id: 'm1', text: 'x' }).catch(() => {});
    await clock.advance(2000);
    const [stream, socket] = server.members;
    stream?.end();
    await clock.advance(10_000);
    expect([...server.members]).toEqual([socket]);
    expect(states).toEqual([]);
    expect(server.cursors.at(-1)).toBe('1-1');
  });

  it('begins anew where the better way wants a snapshot', async () => {
    await below({ upgrades: 'refused' });
    server.resets = true;
    await pass(6 * minutes);
    expect(server.ways()).toEqual(['socket']);
    expect(states).toEqual(['connecting', 'live']);
    expect(snapshots).toBe(1);
  });
});
