// For unit tests only: a server with its three ways in, and the things that stand before it.
import { type Clock, sleep } from './clock';
import type { Socket } from './line';
import type { Way } from './way';

type Frame = Record<string, unknown> & { type: string };
type Ways = 'socket' | 'stream' | 'poll';

/** What the server knows of one line. */
interface Member {
  readonly way: Ways;
  readonly name: string;
  tell(frame: Frame): void;
  end(): void;
}

interface Poll extends Member {
  waiting: Frame[];
  batch: number;
  last: Frame[];
  wake: (() => void) | undefined;
}

const json = (body: unknown, status = 200) => ({
  ok: status < 300,
  status,
  headers: new Headers(),
  json: async () => body,
});
const problem = (status: number, code: string) => json({ code }, status);

export class FakeServer {
  upgrades: 'pass' | 'refused' | 'hang' = 'pass';
  answers: 'streamed' | 'held' | 'refused' = 'streamed';
  /** Neither sockets nor requests reach it. */
  away = false;
  /** Requests that arrive and whose answer does not. */
  loses: (path: string) => boolean = () => false;
  /** Where requests get no answer at all. */
  never = '';
  /** What frames take to come by a socket, and answers to frames by request. */
  lagMs = 0;
  answersMs = 0;
  /** Everybody has to load a snapshot. */
  resets = false;
  /** What a request is answered with instead. */
  says: (path: string) => { status: number; code: string; retry_after?: number } | undefined = () =>
    undefined;
  online = true;
  readonly asked: string[] = [];
  readonly heard: Frame[] = [];
  /** The cursor of each hello. */
  readonly cursors: unknown[] = [];
  /** How many frames each request brought. */
  readonly posts: number[] = [];
  readonly stored: Frame[] = [];
  readonly storage = new Map<string, string>();
  readonly members = new Set<Member>();
  private names = 0;

  constructor(private readonly clock: Clock) {}

  count = (what: string): number => this.asked.filter((asked) => asked === what).length;
  ways = (): Ways[] => [...this.members].map(({ way }) => way);

  /** Something happens: everybody hears it. */
  happens(frame: Record<string, unknown> = {}): void {
    const position = this.stored.length + 1;
    const event = { type: 'message.created', ...frame, cursor: `1-${position}`, position };
    this.stored.push(event);
    this.tellAll(event);
  }

  tellAll(frame: Frame): void {
    for (const member of [...this.members]) member.tell(frame);
  }

  /** The network breaks: nobody is told. */
  cut(): void {
    for (const member of [...this.members]) member.end();
  }

  private greet(member: Member, hello: Frame): void {
    this.cursors.push(hello.cursor);
    const after = Number(String(hello.cursor ?? '').split('-')[1] ?? Number.NaN);
    const reset = this.resets || !(after <= this.stored.length);
    const limits = { text_bytes_max: 1, attachment_bytes_max: 1 };
    const cursor = `1-${this.stored.length}`;
    member.tell({ type: 'welcome', protocol: 1, reset, cursor, limits });
    if (!reset) for (const event of this.stored.slice(after)) member.tell(event);
    member.tell({ type: 'live', cursor });
    this.members.add(member);
    if (member.way !== 'poll') this.beat(member);
  }

  private beat(member: Member): void {
    this.clock.after(25_000, () => {
      if (!this.members.has(member)) return;
      member.tell({ type: 'tick' });
      this.beat(member);
    });
  }

  private handle(frame: Frame): Frame[] {
    this.heard.push(frame);
    if (frame.type !== 'send') return [];
    const before = this.stored.find(({ id }) => id === frame.id);
    if (!before) this.happens({ id: frame.id, text: frame.text });
    const { position } = before ?? (this.stored.at(-1) as Frame);
    return [
      {
        type: 'ack',
        id: frame.id,
        conversation: 'cnv_1',
        seq: position,
        order: 1,
        at: 1,
        position,
      },
    ];
  }

  private readonly fetch = async (input: unknown, init: RequestInit = {}): Promise<unknown> => {
    const path = String(input).replace('/api/v1', '');
    this.asked.push(path);
    await undefined;
    const fails = (): never => {
      throw new TypeError('Failed to fetch');
    };
    if (this.away) fails();
    const said = this.says(path);
    if (said) return json(said, said.status);
    if (path === '/healthz') return json({ status: 'ok' });
    if (path === this.never) {
      await new Promise((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      });
    }
    const body = JSON.parse(String(init.body)) as Frame & { line: string; after: number };
    if (path === '/line/stream') return this.stream(body, init.signal as AbortSignal);
    const answer = await (path === '/line/poll'
      ? this.poll(body, init.signal as AbortSignal)
      : this.frames(body as unknown as { line: string; frames: Frame[] }));
    if (path === '/line/frames' && this.answersMs) await sleep(this.clock, this.answersMs);
    if (this.loses(path)) fails();
    return answer;
  };

  private find(name: string): Member | undefined {
    return [...this.members].find((member) => member.name === name);
  }

  private frames({ line, frames }: { line: string; frames: Frame[] }) {
    if (!this.find(line)) return problem(404, 'line.unknown');
    this.posts.push(frames.length);
    return json({ frames: frames.flatMap((frame) => this.handle(frame)) });
  }

  private stream(hello: Frame, signal: AbortSignal) {
    if (this.answers === 'refused') return problem(405, '');
    const chunks: Uint8Array[] = [];
    let wake: ((failed?: boolean) => void) | undefined;
    let ended = false;
    const name = `ln_${++this.names}`;
    const say = (text: string): void => {
      if (this.answers === 'held' || ended) return;
      // In pieces, as networks do.
      const bytes = new TextEncoder().encode(text);
      chunks.push(bytes.subarray(0, 7), bytes.subarray(7));
      wake?.();
    };
    const member: Member = {
      way: 'stream',
      name,
      tell: (frame) => say(`data: ${JSON.stringify(frame)}\n\n`),
      end: () => {
        ended = true;
        this.members.delete(member);
        stop();
        wake?.();
      },
    };
    let stop = (): void => {};
    const comment = (): void => {
      say(':\n\n');
      stop = this.clock.after(15_000, comment);
    };
    comment();
    member.tell({ type: 'line', line: name });
    this.greet(member, hello);
    signal.addEventListener('abort', () => member.end());
    const read = async (): Promise<{ done: boolean; value?: Uint8Array }> => {
      while (!chunks.length && !ended) {
        await new Promise<void>((resolve) => {
          wake = () => resolve();
        });
      }
      if (signal.aborted) throw new DOMException('', 'AbortError');
      const value = chunks.shift();
      return value ? { done: false, value } : { done: true };
    };
    return { ok: true, status: 200, headers: new Headers(), body: { getReader: () => ({ read }) } };
  }

  private async poll(body: Frame & { line: string; after: number }, signal: AbortSignal) {
    if (!body.line) {
      const poll: Poll = {
        way: 'poll',
        name: `ln_${++this.names}`,
        waiting: [],
        batch: 0,
        last: [],
        wake: undefined,
        tell(frame) {
          poll.waiting.push(frame);
          poll.wake?.();
        },
        end: () => {
          this.members.delete(poll);
          poll.wake?.();
        },
      };
      this.greet(poll, body);
      return this.batch(poll);
    }
    const poll = this.find(body.line) as Poll | undefined;
    if (!poll) return problem(404, 'line.unknown');
    if (body.after === poll.batch - 1) return json({ batch: poll.batch, frames: poll.last });
    if (body.after !== poll.batch) return problem(409, 'line.out_of_step');
    if (!poll.waiting.length) {
      const stop = this.clock.after(25_000, () => poll.tell({ type: 'tick' }));
      await new Promise<void>((resolve) => {
        poll.wake = resolve;
        signal.addEventListener('abort', () => resolve());
      });
      stop();
    }
    if (signal.aborted) {
      // Nobody says goodbye: silence does.
      const { batch } = poll;
      this.clock.after(60_000, () => poll.batch === batch && poll.end());
      throw new DOMException('', 'AbortError');
    }
    return this.members.has(poll) ? this.batch(poll) : problem(404, 'line.unknown');
  }

  private batch(poll: Poll) {
    poll.last = poll.waiting;
    poll.waiting = [];
    return json({ line: poll.name, batch: ++poll.batch, frames: poll.last });
  }

  browser(): Way['browser'] {
    const server = this;
    class FakeWebSocket extends EventTarget implements Socket {
      onopen: Socket['onopen'] = null;
      onmessage: Socket['onmessage'] = null;
      onclose: Socket['onclose'] = null;
      private open = false;
      private closed = false;
      private readonly member: Member = {
        way: 'socket',
        name: '',
        tell: (frame) => {
          server.clock.after(server.lagMs, () => {
            if (!this.open) return;
            this.dispatchEvent(new Event('message'));
            this.onmessage?.({ data: JSON.stringify(frame) });
          });
        },
        end: () => this.close(),
      };

      constructor() {
        super();
        server.asked.push('socket');
        server.clock.after(0, () => {
          if (server.away || server.upgrades === 'refused') this.close();
          else if (server.upgrades === 'pass') {
            this.open = true;
            this.onopen?.();
          }
        });
      }
      send(data: string): void {
        const frame = JSON.parse(data) as Frame;
        if (!this.open) return;
        if (frame.type === 'hello') server.greet(this.member, frame);
        else queueMicrotask(() => this.answer(frame));
      }
      private answer(frame: Frame): void {
        if (this.open) for (const answer of server.handle(frame)) this.member.tell(answer);
      }
      close(): void {
        if (this.closed) return;
        this.closed = true;
        this.open = false;
        server.members.delete(this.member);
        this.dispatchEvent(Object.assign(new Event('close'), { code: 1006 }));
        this.onclose?.({ code: 1006 });
      }
    }
    return {
      WebSocket: FakeWebSocket,
      fetch: this.fetch,
      sessionStorage: {
        getItem: (key: string) => this.storage.get(key) ?? null,
        setItem: (key: string, value: string) => this.storage.set(key, value),
        removeItem: (key: string) => this.storage.delete(key),
      },
      navigator: {
        get onLine() {
          return server.online;
        },
      },
      location: { origin: 'http://parlor.test' },
    } as unknown as Way['browser'];
  }
}
