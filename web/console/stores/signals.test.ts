import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../../core/api';
import { fakeClock } from '../../core/fake-clock';
import type { ClientFrame } from '../../protocol/frames';
import { createCounts } from './counts';
import { message } from './fixtures';
import { createMarks } from './marks';
import { createTyping, createTypingSignal } from './typing';

describe('marks', () => {
  it('says what was read at once and the rest once a second', async () => {
    const clock = fakeClock();
    const sent: ClientFrame[] = [];
    const marks = createMarks(clock, (frame) => sent.push(frame) > 0);
    marks.read('cnv_1', 3);
    expect(sent).toEqual([{ type: 'mark', conversation: 'cnv_1', delivered: 3, read: 3 }]);
    marks.delivered(message({ seq: 4 }));
    marks.delivered(message({ seq: 5 }));
    await clock.advance(1_000);
    expect(sent.slice(1)).toEqual([{ type: 'mark', conversation: 'cnv_1', delivered: 5, read: 3 }]);
    marks.read('cnv_1', 2);
    await clock.advance(5_000);
    expect(sent).toHaveLength(2);
  });

  it('keeps a mark until there is a line', async () => {
    const clock = fakeClock();
    const sent: ClientFrame[] = [];
    let line = false;
    const marks = createMarks(clock, (frame) => line && sent.push(frame) > 0);
    marks.read('cnv_1', 7);
    await clock.advance(3_000);
    expect(sent).toEqual([]);
    line = true;
    await clock.advance(1_000);
    expect(sent).toHaveLength(1);
  });

  it('says again what was marked unread, and nothing that was on its way', async () => {
    const clock = fakeClock();
    const sent: ClientFrame[] = [];
    const marks = createMarks(clock, (frame) => sent.push(frame) > 0);
    marks.read('cnv_1', 3);
    marks.heard('cnv_1', 2);
    marks.read('cnv_1', 3);
    await clock.advance(1_000);
    expect(sent).toHaveLength(2);
    marks.delivered(message({ seq: 4 }));
    marks.forget('cnv_1');
    await clock.advance(2_000);
    expect(sent).toHaveLength(2);
  });
});

describe('typing of others', () => {
  it('lapses by itself, and ends when the message is there', async () => {
    const clock = fakeClock();
    const typing = createTyping(clock);
    typing.heard('cnv_1', { kind: 'customer', id: 'cus_1' }, true);
    await clock.advance(5_000);
    typing.heard('cnv_1', { kind: 'customer', id: 'cus_1' }, true);
    await clock.advance(5_000);
    expect(typing.all.value.get('cnv_1')).toHaveLength(1);
    await clock.advance(1_500);
    expect(typing.all.value.has('cnv_1')).toBe(false);
    typing.heard('cnv_1', { kind: 'customer', id: 'cus_1' }, true);
    typing.wrote('cnv_1', 'cus_1');
    expect(typing.all.value.has('cnv_1')).toBe(false);
  });
});

describe('typing of mine', () => {
  it('is said every three seconds and taken back after a pause', async () => {
    const clock = fakeClock();
    const said: boolean[] = [];
    const typing = createTypingSignal(clock, (active) => said.push(active));
    for (let second = 0; second < 5; second++) {
      typing.typed();
      await clock.advance(1_000);
    }
    expect(said).toEqual([true, true]);
    await clock.advance(4_000);
    expect(said).toEqual([true, true, false]);
    typing.stop();
    expect(said).toHaveLength(3);
  });
});

describe('counts', () => {
  it('are asked for once for many events, and not all the time', async () => {
    const clock = fakeClock();
    const get = vi.fn(async () => ({ unassigned: 1 }));
    const counts = createCounts({ get } as unknown as Api, clock);
    await clock.advance(10_000);
    for (let i = 0; i < 20; i++) counts.touch();
    await clock.advance(300);
    expect(get).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 20; i++) {
      counts.touch();
      await clock.advance(100);
    }
    expect(get).toHaveBeenCalledTimes(2);
    expect(counts.value.value).toEqual({ unassigned: 1 });
  });
});
