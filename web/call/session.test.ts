import { describe, expect, it } from 'vitest';
import { fakeClock, settle } from '../core/fake-clock';
import { ApiError, type Http } from '../core/http';
import type { Call } from '../protocol/calls';
import type { Devices, Opened } from './devices';
import { callOf, customer, fakePeers, part } from './fixtures';
import { createRoutes } from './routes';
import { createSession } from './session';

const track = (kind: string) =>
  ({
    kind,
    enabled: true,
    stopped: false,
    onended: null,
    stop() {},
  }) as unknown as MediaStreamTrack;

function world(call: Call, who: { user: string } | 'customer' = { user: 'usr_1' }) {
  const clock = fakeClock();
  const peers = fakePeers();
  const asked: string[] = [];
  const answers: Record<string, () => unknown> = {
    ice: () => ({ servers: [], policy: 'all' }),
    join: () => ({ answer: 'a', leg: 'leg_1', slots: [] }),
  };
  const http: Http = {
    async json<T>(method: string, path: string, init?: RequestInit) {
      const what = path.split('/').pop() ?? '';
      asked.push(`${method} ${path} ${init?.body ?? ''}`.trim());
      return answers[what]?.() as T;
    },
    request: () => Promise.reject(new ApiError('network')),
    headers: () => ({}),
    url: (path) => path,
  };
  let opened: () => Opened = () => ({ mic: track('audio'), camera: track('video') });
  const wishes: unknown[] = [];
  const devices: Devices = {
    async open(wish) {
      wishes.push(wish);
      return opened();
    },
    screen: async () => track('video'),
    list: async () => [],
    watch: () => () => {},
    canShare: true,
  };
  const session = createSession({
    call,
    who,
    routes: createRoutes(http, who === 'customer' ? '/visitor/calls' : '/calls'),
    clock,
    devices,
    connect: peers.connect,
    chosen: {},
    onChoose: () => {},
    random: () => 0.5,
    uuid: () => 'u',
    send: () => true,
    onChange: () => {},
    onDraw: () => {},
  });
  return {
    session,
    clock,
    peers,
    asked,
    answers,
    wishes,
    gives: (next: () => Opened) => {
      opened = next;
    },
    joins: () => asked.filter((line) => line.includes('/join')).length,
  };
}

const live = (change: Partial<Call> = {}): Call =>
  callOf({
    state: 'active',
    answered_at: 2_000,
    participants: [part({ state: 'joined' }), customer({ state: 'joined' })],
    position: 9,
    ...change,
  });

describe('going in', () => {
  it('joins and opens the devices at the same time, and tells its switches', async () => {
    const { session, peers, asked } = world(callOf());
    session.enter();
    await settle();
    expect(peers.made[0]?.offers).toEqual([false]);
    expect(asked).toContain('POST /calls/call_1/join {"offer":"offer 1.1"}');
    expect(asked).toContain(
      'POST /calls/call_1/state {"muted":false,"camera":true,"screen":false}',
    );
  });

  it('accepts first, and lets the camera go if another was faster', async () => {
    const { session, answers, peers } = world(
      callOf({ direction: 'visitor', participants: [part({ state: 'ringing' }), customer()] }),
    );
    answers.accept = () => {
      throw new ApiError('call.taken', 409);
    };
    await session.accept(true);
    expect(session.failure).toBe('call.taken');
    expect(session.capture.mic).toBeUndefined();
    expect(peers.made).toHaveLength(0);
  });

  it('that is answered here is not taken for another window’s, however fast its event is', async () => {
    const ringing = callOf({ direction: 'visitor', participants: [part({ state: 'ringing' })] });
    const { session, answers } = world(ringing);
    const seen: boolean[] = [];
    answers.accept = () => {
      session.take(live({ position: 30 }));
      seen.push(session.entered);
      return live({ position: 30 });
    };
    await session.accept(true);
    expect(seen).toEqual([true]);
    expect(session.phase).toBe('inside');
  });

  it('who listens opens nothing, and is asked for a microphone when they may speak', async () => {
    const listening = live({ participants: [part({ role: 'listens' }), customer()] });
    const { session, wishes } = world(listening);
    session.enter();
    await settle();
    expect(wishes).toEqual([]);
    session.take(live({ participants: [part({ role: 'whispers' }), customer()], position: 10 }));
    await settle();
    expect(wishes).toEqual([expect.objectContaining({ audio: true, video: false })]);
  });

  it('is in the call without a camera, and says why', async () => {
    const { session, gives, joins } = world(callOf());
    gives(() => ({ mic: track('audio'), problem: 'noCamera' }));
    session.enter();
    await settle();
    expect(joins()).toBe(1);
    expect(session.capture.problem).toBe('noCamera');
  });
});

describe('when the network changes', () => {
  it('restarts after it was shaky for a moment, with the same connection', async () => {
    const { session, peers, clock, joins } = world(live());
    session.enter();
    await settle();
    peers.made[0]?.becomes('live');
    expect(session.link.state).toBe('live');
    peers.made[0]?.becomes('shaky');
    await clock.advance(1_000);
    peers.made[0]?.becomes('live');
    await clock.advance(3_000);
    expect(joins(), 'it came back by itself').toBe(1);
    peers.made[0]?.becomes('shaky');
    await clock.advance(1_600);
    expect(peers.made[0]?.offers).toEqual([false, true]);
  });

  it('begins anew when restarting does not help', async () => {
    const { session, peers, clock } = world(live());
    session.enter();
    await settle();
    peers.made[0]?.becomes('live');
    peers.made[0]?.becomes('broken');
    await clock.advance(30_000);
    expect(peers.made[0]?.offers.slice(0, 4)).toEqual([false, true, true, true]);
    expect(peers.made.length).toBeGreaterThan(1);
    expect(peers.made[0]?.closed).toBe(true);
    expect(peers.made[1]?.offers[0]).toBe(false);
  });

  it('goes on asking while the server cannot be reached', async () => {
    const { session, answers, clock, joins } = world(live());
    answers.join = () => {
      throw new ApiError('network');
    };
    session.enter();
    await clock.advance(4_000);
    expect(joins()).toBeGreaterThan(1);
    answers.join = () => ({ answer: 'a', leg: 'leg_1', slots: [] });
    await clock.advance(40_000);
    expect(session.link.leg).toBe('leg_1');
  });
});

describe('the end', () => {
  it('lets everything go, however it ended', async () => {
    const { session, peers } = world(live());
    session.enter();
    await settle();
    session.take(live({ state: 'ended', reason: 'hung_up', position: 12 }));
    expect(session.phase).toBe('ended');
    expect(peers.made[0]?.closed).toBe(true);
    expect(session.capture.mic).toBeUndefined();
  });

  it('tells nobody of the switches that leaving turns off', async () => {
    const { session, asked, answers } = world(live());
    session.enter();
    await settle();
    answers['hang-up'] = () => {
      session.hear({ type: 'call.slots', call: 'call_1', leg: 'leg_1', slots: [] });
      return live({ state: 'ended', reason: 'hung_up', position: 12 });
    };
    await session.hangUp();
    session.hear({ type: 'call.slots', call: 'call_1', leg: 'leg_1', slots: [] });
    await settle();
    expect(asked.filter((line) => line.includes('/state'))).toHaveLength(1);
  });

  it('a refused join asks how the call is', async () => {
    const { session, answers } = world(live());
    answers.join = () => {
      throw new ApiError('not_found', 404);
    };
    answers.call_1 = () => live({ state: 'ended', reason: 'lost', position: 20 });
    session.enter();
    await settle();
    expect(session.phase).toBe('ended');
  });

  it('a server without room says so at once', async () => {
    const { session, answers, clock, joins } = world(live());
    answers.join = () => {
      throw new ApiError('call.full', 503, 5);
    };
    session.enter();
    await clock.advance(10_000);
    expect(session.failure).toBe('call.full');
    expect(joins()).toBe(1);
  });

  it('cancels while it rings and hangs up afterwards', async () => {
    const ringing = world(callOf());
    await ringing.session.hangUp();
    expect(ringing.asked).toContain('POST /calls/call_1/cancel');
    const talking = world(live());
    await talking.session.hangUp();
    expect(talking.asked).toContain('POST /calls/call_1/hang-up');
  });
});

describe('late pictures of the call', () => {
  it('do not turn back what is known', () => {
    const { session } = world(live());
    session.take(callOf({ position: 3 }));
    expect(session.call.state).toBe('active');
  });
});
