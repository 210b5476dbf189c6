import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientFrame } from '../protocol/frames';
import { ApiError } from './api';
import { type Connection, createConnection, type Socket } from './connection';
import { type FakeClock, fakeClock, settle } from './fake-clock';

class Wire implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  readonly sent: ClientFrame[] = [];
  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }
  close(): void {
    this.closed = true;
  }
  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  accepts(reset = false): this {
    this.onopen?.();
    this.says({ type: 'welcome', protocol: 1, reset, cursor: '1-10', limits: {} });
    return this;
  }
  goesLive(): this {
    this.accepts().says({ type: 'live', cursor: '1-10' });
    return this;
  }
}

let clock: FakeClock;
let wires: Wire[];
let events: string[];
let states: string[];
let random: number;
let snapshot: () => Promise<void>;
let line: Connection;
const last = (): Wire => wires[wires.length - 1] as Wire;

beforeEach(() => {
  clock = fakeClock();
  wires = [];
  events = [];
  states = [];
  random = 1;
  snapshot = async () => {};
  line = createConnection<{ type: string; n?: number }>({
    clock,
    open: () => {
      wires.push(new Wire());
      return last();
    },
    random: () => random,
    token: () => 'plv_x',
    cursor: '1-7',
    onEvent: (event) => events.push(event.type),
    onReset: () => snapshot(),
    onState: (state) => states.push(state),
  });
  line.connect();
});

describe('connection', () => {
  it('greets with its token and cursor, then follows the events', () => {
    last().accepts();
    expect(last().sent).toEqual([{ type: 'hello', protocol: 1, token: 'plv_x', cursor: '1-7' }]);
    last().says({ type: 'message.created', cursor: '1-9' });
    expect(line.cursor).toBe('1-9');
    expect(line.state).toBe('connecting');
    last().says({ type: 'live', cursor: '1-10' });
    expect(line.state).toBe('live');
    expect(events).toEqual(['message.created']);
  });

  it('resumes after the last event that was applied', async () => {
    last().goesLive();
    last().says({ type: 'a', cursor: '1-12' });
    last().onclose?.({ code: 1001 });
    await clock.advance(1000);
    last().onopen?.();
    expect(last().sent[0]).toMatchObject({ cursor: '1-12' });
  });

  it('keeps events that come while the snapshot loads, and applies them after it', async () => {
    let loaded = () => {};
    snapshot = () =>
      new Promise((resolve) => {
        loaded = () => {
          events.push('snapshot');
          resolve();
        };
      });
    last().accepts(true);
    last().says({ type: 'live', cursor: '1-10' });
    last().says({ type: 'a', cursor: '1-11' });
    last().says({ type: 'typing' });
    expect(events).toEqual(['typing']);
    expect(line.cursor).toBe('1-7');
    loaded();
    await settle();
    expect(events).toEqual(['typing', 'snapshot', 'a']);
    expect(line.cursor).toBe('1-11');
    expect(line.state).toBe('live');
  });

  it('starts over with the old cursor if the snapshot fails, not before Retry-After', async () => {
    snapshot = () => Promise.reject(new ApiError('rate.limited', 429, 7));
    last().accepts(true);
    last().says({ type: 'a', cursor: '1-11' });
    await settle();
    expect(last().closed).toBe(true);
    line.hint('online');
    await clock.advance(6900);
    expect(wires).toHaveLength(1);
    await clock.advance(200);
    last().onopen?.();
    expect(last().sent[0]).toMatchObject({ cursor: '1-7' });
    expect(events).toEqual([]);
  });

  it('ignores what an abandoned socket and its snapshot still bring', async () => {
    let loaded = () => {};
    snapshot = () =>
      new Promise((resolve) => {
        loaded = resolve;
      });
    const first = last().accepts(true);
    first.onclose?.({ code: 1013 });
    await clock.advance(600);
    expect(wires).toHaveLength(2);
    loaded();
    first.says({ type: 'a', cursor: '1-99' });
    await settle();
    expect(line.cursor).toBe('1-7');
    expect(events).toEqual([]);
  });

  it('is dead after 60 s of silence; a tick keeps it', async () => {
    last().goesLive();
    await clock.advance(59_000);
    last().says({ type: 'tick' });
    await clock.advance(59_000);
    expect(wires).toHaveLength(1);
    await clock.advance(2000);
    expect(wires).toHaveLength(2);
  });

  it('does not wait for ever for a welcome: twice five seconds, then as long as a slow network needs', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const before = clock.now();
      const count = wires.length;
      last().onopen?.();
      while (wires.length === count) await clock.advance(100);
      waits.push(clock.now() - before);
    }
    expect(waits).toEqual([5500, 6000, 17_000, 19_000]);
  });

  it('gives up the line of a page that is put away, and has a new one when it comes back', () => {
    last().goesLive();
    line.hint('pagehide');
    expect(last().closed).toBe(true);
    line.hint('pageshow');
    expect(wires).toHaveLength(2);
  });

  it('doubles the longest wait up to 30 s and starts anew once live', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const before = clock.now();
      const count = wires.length;
      last().onclose?.({ code: 1006 });
      while (wires.length === count) await clock.advance(100);
      waits.push(clock.now() - before);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(line.state).toBe('offline');
    last().goesLive();
    expect(line.state).toBe('live');
    last().onclose?.({ code: 1006 });
    await clock.advance(500);
    expect(wires).toHaveLength(10);
  });

  it('spreads retries: chance may shorten a wait to nothing', async () => {
    random = 0;
    last().onclose?.({ code: 1013 });
    await clock.advance(0);
    expect(wires).toHaveLength(2);
  });

  it('does not hammer after it broke a rule', async () => {
    last().goesLive().onclose?.({ code: 1008 });
    await clock.advance(15_000);
    expect(wires).toHaveLength(1);
    await clock.advance(1100);
    expect(wires).toHaveLength(2);
  });

  it('stops when refused, until told to connect again', async () => {
    last().goesLive().onclose?.({ code: 4401 });
    line.hint('online');
    await clock.advance(100_000);
    expect(line.state).toBe('refused');
    expect(wires).toHaveLength(1);
    line.connect();
    last().goesLive();
    expect(line.state).toBe('live');
  });

  it('gives up the line when offline and comes back at once when online', async () => {
    last().goesLive();
    line.hint('offline');
    expect(line.state).toBe('offline');
    expect(last().closed).toBe(true);
    line.hint('online');
    expect(wires).toHaveLength(2);
  });

  it('notices on waking up that the timers slept', () => {
    last().goesLive();
    const late = clock.now() + 120_000;
    clock.now = () => late;
    line.hint('visible');
    expect(wires).toHaveLength(2);
  });

  it('settles a message by ack, reject or the loss of the line', async () => {
    const send = (id: string) => line.deliver({ type: 'send', id, text: 'x' });
    await expect(send('early')).rejects.toMatchObject({ code: 'network' });
    last().goesLive();
    const ok = send('a');
    const refused = send('b');
    const lost = send('c');
    const late = send('d');
    last().says({ type: 'ack', id: 'a', conversation: 'cnv_1', seq: 1, order: 5, at: 6 });
    last().says({ type: 'reject', id: 'b', code: 'rate.limited', detail: '', retry_after: 3 });
    await expect(ok).resolves.toMatchObject({ client_id: 'a', conversation: 'cnv_1', seq: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'rate.limited', retryAfter: 3 });
    last().onclose?.({ code: 1001 });
    await expect(lost).rejects.toMatchObject({ code: 'network' });
    await expect(late).rejects.toMatchObject({ code: 'network' });
  });

  it('is closed for good when closed', async () => {
    last().goesLive();
    line.close();
    line.hint('visible');
    await clock.advance(100_000);
    expect(wires).toHaveLength(1);
    expect(states).toEqual(['live', 'refused']);
  });
});
