// Calling somebody from their conversation.
import { failureWords } from '../../call/failures';
import { loadCallTexts } from '../../call/i18n';
import type { CallMedia } from '../../protocol/calls';
import type { Conversation } from '../../protocol/types';
import { IconButton } from '../../ui/button';
import { toast } from '../../ui/toast';
import { locale, t } from '../i18n';
import { type Desk, useDesk } from '../stores/desk';

/** What to say comes from the call's own dictionary. */
export async function attempt(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'network';
    toast(failureWords(await loadCallTexts(locale()), code), { kind: 'error' });
  }
}

export function startCall(desk: Desk, held: Conversation, media: CallMedia): Promise<void> {
  return attempt(() => desk.calls.start(held.id, media));
}

/** Whether one may call here at all, and whether now. */
export function mayCall(desk: Desk, held: Conversation): 'no' | 'offline' | 'busy' | CallMedia {
  const calls = desk.channels.find(held.channel)?.settings.calls;
  if (!calls?.enabled || held.status !== 'open') return 'no';
  if (desk.calls.here.value || desk.calls.live(held.id)) return 'busy';
  if (!held.customer.online) return 'offline';
  return calls.video ? 'video' : 'audio';
}

export function CallButtons({ held }: { held: Conversation }) {
  const desk = useDesk();
  const may = mayCall(desk, held);
  if (may === 'no') return null;
  const video = desk.channels.find(held.channel)?.settings.calls.video;
  const off = may === 'offline' || may === 'busy';
  const why =
    may === 'offline' ? t('call.offline') : may === 'busy' ? t('call.busyNow') : undefined;
  const button = (media: CallMedia) => (
    <IconButton
      class={`talk-call talk-call-${media}`}
      icon={media === 'video' ? 'video' : 'phone'}
      label={why ?? t(media === 'video' ? 'call.video' : 'call.audio')}
      {...(media === (video ? 'video' : 'audio') && { shortcut: 'V' })}
      aria-disabled={off}
      onClick={() => !off && startCall(desk, held, media)}
    />
  );
  return (
    <>
      {button('audio')}
      {video && button('video')}
    </>
  );
}
