import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Api, ApiError } from '../../core/api';
import { type FakeClock, fakeClock } from '../../core/fake-clock';
import type { Draft } from '../../protocol/types';
import { createDraftKeeping, type DraftKeeping } from './draft-keeping';
import { changeDraft, clearDrafts, draftOf, setDraftText, unkept } from './drafts';

describe('drafts', () => {
  let clock: FakeClock;
  let keeping: DraftKeeping;
  let position: number;
  let broken: ApiError | undefined;
  const put = vi.fn();
  const get = vi.fn();
  const draft = (patch: Partial<Draft> = {}): Draft => ({
    conversation: 'cnv_1',
    text: '',
    note: '',
    quote: null,
    updated_at: 0,
    position: 0,
    ...patch,
  });

  beforeEach(() => {
    clearDrafts();
    clock = fakeClock();
    position = 10;
    broken = undefined;
    put.mockReset().mockImplementation(async (_: string, body: string) => {
      if (broken) throw broken;
      position += 1;
      return draft({ ...(JSON.parse(body) as Draft), position });
    });
    get.mockReset().mockResolvedValue({ items: [] });
    keeping = createDraftKeeping({ put, get } as unknown as Api, clock);
  });
  afterEach(() => keeping.stop());

  const kept = () => put.mock.calls.map(([, body]) => (JSON.parse(body as string) as Draft).text);

  it('are kept once one pauses, not letter by letter', async () => {
    for (const text of ['H', 'He', 'Hey']) {
      setDraftText('cnv_1', 'text', text);
      await clock.advance(300);
    }
    expect(kept()).toEqual([]);
    await clock.advance(1_000);
    expect(kept()).toEqual(['Hey']);
    expect(unkept()).toEqual([]);
  });

  it('come from another machine, unless something newer is here', async () => {
    keeping.heard(draft({ text: 'from home', position: 5 }));
    expect(draftOf('cnv_1').text).toBe('from home');
    setDraftText('cnv_1', 'text', 'here');
    keeping.heard(draft({ text: 'from home again', position: 6 }));
    expect(draftOf('cnv_1').text).toBe('here');
    await clock.advance(1_000);
    keeping.heard(draft({ text: 'older', position: 7 }));
    expect(draftOf('cnv_1').text).toBe('here');
    keeping.heard(draft({ position: 99 }));
    expect(draftOf('cnv_1').text).toBe('');
  });

  it('are forgotten at once when they are sent', async () => {
    changeDraft('cnv_1', { text: 'bye', quote: 3 });
    await clock.advance(1_000);
    changeDraft('cnv_1', { text: '', quote: null });
    await clock.advance(0);
    expect(kept()).toEqual(['bye', '']);
  });

  it('wait for the line, and give up on what is gone', async () => {
    broken = new ApiError('network');
    setDraftText('cnv_1', 'text', 'offline');
    await clock.advance(1_000);
    expect(unkept()).toEqual(['cnv_1']);
    broken = undefined;
    keeping.again();
    await clock.advance(1_000);
    expect(unkept()).toEqual([]);
    broken = new ApiError('not_found', 404);
    setDraftText('cnv_1', 'text', 'too late');
    await clock.advance(1_000);
    expect(unkept()).toEqual([]);
  });
});
