// Offering a conversation, answering an offer, taking it back, with what to say of it.
import { uuidMaker } from '../../core/uuid';
import type { Transfer } from '../../protocol/types';
import { toast } from '../../ui/toast';
import { currentTime } from '../format';
import { t } from '../i18n';
import { navigate } from '../router';
import type { Desk } from '../stores/desk';
import { colleague, sentence } from '../stores/words';

export const newId = uuidMaker(currentTime, (bytes) => crypto.getRandomValues(bytes));

/** `to` null: back to the queue. Asked again under the same id it happens once. */
export async function offer(
  desk: Desk,
  conversation: string,
  asked: { readonly to: string | null; readonly note: string; readonly client_id: string },
): Promise<void> {
  const { transfer } = await desk.api.post<{ transfer: Transfer | null }>(
    `/conversations/${conversation}/transfer`,
    asked,
  );
  if (transfer) desk.transfers.put(transfer);
  toast(
    asked.to
      ? t('transfer.offered', { name: colleague(desk.people, asked.to) })
      : t('transfer.returned'),
  );
}

async function answer(
  desk: Desk,
  transfer: Transfer,
  how: string,
  body?: object,
): Promise<boolean> {
  try {
    desk.transfers.put(await desk.api.post<Transfer>(`/transfers/${transfer.id}/${how}`, body));
    return true;
  } catch (error) {
    toast(sentence(error), { kind: 'error' });
    // What is over is not shown any longer, whatever was missed.
    desk.transfers.load().catch(() => undefined);
    return false;
  }
}

export async function accept(desk: Desk, transfer: Transfer): Promise<void> {
  if (await answer(desk, transfer, 'accept')) navigate(`/inbox/mine/${transfer.conversation}`);
}

export const decline = (
  desk: Desk,
  transfer: Transfer,
  word: string,
  client_id: string,
): Promise<boolean> => answer(desk, transfer, 'decline', { word, client_id });

export async function withdraw(desk: Desk, transfer: Transfer): Promise<void> {
  if (await answer(desk, transfer, 'withdraw')) toast(t('transfer.withdrawn'));
}
