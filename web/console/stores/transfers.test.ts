import { describe, expect, it } from 'vitest';
import type { Api } from '../../core/api';
import type { Transfer } from '../../protocol/types';
import { createTransfers } from './transfers';

const offer = (over: Partial<Transfer>): Transfer => ({
  id: 'trf_1',
  conversation: 'cnv_1',
  from: 'usr_2',
  to: 'usr_1',
  note: '',
  state: 'pending',
  word: '',
  offered_at: 1_000,
  expires_at: 61_000,
  ended_at: null,
  position: 5,
  ...over,
});

const made = () => createTransfers({} as Api, 'usr_1');

describe('offers', () => {
  it('to me wait for my answer until they are over, the first to end first', () => {
    const transfers = made();
    transfers.put(offer({}));
    transfers.put(offer({ id: 'trf_2', conversation: 'cnv_2', expires_at: 31_000, position: 6 }));
    transfers.put(offer({ id: 'trf_3', conversation: 'cnv_3', to: 'usr_3', position: 7 }));
    expect(transfers.incoming.value.map(({ id }) => id)).toEqual(['trf_2', 'trf_1']);
    expect(transfers.of('cnv_3')?.id).toBe('trf_3');
    transfers.put(offer({ state: 'withdrawn', position: 8 }));
    expect(transfers.incoming.value.map(({ id }) => id)).toEqual(['trf_2']);
  });

  it('that are over stay over, though an older state comes late', () => {
    const transfers = made();
    transfers.put(offer({ state: 'accepted', position: 9 }));
    transfers.put(offer({ position: 5 }));
    expect(transfers.incoming.value).toEqual([]);
  });
});
