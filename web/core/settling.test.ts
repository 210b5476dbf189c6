// What is written is stored once and settled once, by whichever way the line goes and breaks.
import { describe, expect, it } from 'vitest';
import { createConnection } from './connection';
import { fakeClock } from './fake-clock';
import { FakeServer } from './fake-server';
import { createHttp } from './http';
import { createOutbox } from './outbox';
import type { Rung } from './rungs';
import { memoryStore } from './store';
import { createWay } from './way';

/** A small generator, so that a failure can be had again. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

async function talk(rung: Rung, seed: number) {
  const random = chance(seed);
  const clock = fakeClock();
  const server = new FakeServer(clock);
  const browser = server.browser();
  const http = createHttp({ base: '/api/v1', fetch: browser.fetch, token: () => 'plv_x' });
  const open = createWay({ browser, clock, rung, misses: 0, sure: true });
  const settled: string[] = [];
  const events: string[] = [];
  const line = createConnection<{ type: string; id?: string }>({
    clock,
    random,
    open: () => open(http),
    cursor: '1-0',
    onEvent: ({ type, id }) => {
      if (type === 'message.created' && id) events.push(id);
    },
    onReset: async () => {},
    onState: (state) => state === 'live' && outbox.flush(),
  });
  let made = 0;
  const outbox = createOutbox({
    store: memoryStore(),
    clock,
    random,
    uuid: () => `m${String(made++).padStart(3, '0')}`,
    deliver: ({ id, text }) => line.deliver({ type: 'send', id, text }),
    upload: () => Promise.reject(),
    onSent: ({ id }) => settled.push(id),
  });
  server.loses = (path) => path.startsWith('/line') && random() < 0.2;
  line.connect();
  const sent: string[] = [];
  for (let i = 0; i < 60; i++) {
    if (i < 40) sent.push((await outbox.add({ text: `${i}` })).id);
    if (random() < 0.15) server.cut();
    if (random() < 0.1) server.away = !server.away;
    await clock.advance(random() * 3000);
    // Chunks load outside of the fake time.
    await new Promise((resolve) => setTimeout(resolve));
  }
  server.away = false;
  server.loses = () => false;
  for (let i = 0; i < 60; i++) {
    await clock.advance(2000);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const stored = server.stored.map(({ id }) => id);
  return { sent, settled, events, stored, left: outbox.items, way: server.ways() };
}

describe.each([
  ['WebSocket', 0],
  ['a stream', 1],
  ['polling', 2],
] as const)('by %s', (_, rung) => {
  it.each([1, 2, 3, 4, 5])('everything is settled once, in order (seed %i)', async (seed) => {
    const { sent, settled, events, stored, left } = await talk(rung, seed);
    expect(stored).toEqual(sent);
    expect(settled).toEqual(sent);
    expect(events).toEqual(sent);
    expect(left).toEqual([]);
  });
});
