// A call that goes on in this conversation without the one who looks: who is in it, and what a
// supervisor may do.
import { useEffect } from 'preact/hooks';
import { others } from '../../call/view';
import type { Conversation } from '../../protocol/types';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { waited } from '../format';
import { t } from '../i18n';
import { useDesk } from '../stores/desk';
import { useMe } from '../stores/me';
import { modes } from './rights';
import { attempt } from './start';
import { modeHints, modeTexts } from './switches';

export function LiveCall({ held }: { held: Conversation }) {
  const desk = useDesk();
  const me = useMe();
  const mayHave = desk.channels.find(held.channel)?.settings.calls.enabled ?? false;
  // One that began before this page was opened was told to others.
  useEffect(() => {
    if (mayHave && desk.ready.value) desk.calls.load(held.id).catch(() => undefined);
  }, [held.id, mayHave, desk.ready.value, desk.snapshot.value]);
  const call = desk.calls.live(held.id);
  if (!call || desk.calls.here.value?.id === call.id) return null;
  const agents = others(call, { user: desk.me })
    .filter((part) => part.kind === 'agent' && part.state !== 'ringing')
    .map((part) => part.name)
    .filter(Boolean);
  const may = modes(call, desk.me, me.role);
  return (
    <div class="call-live" role="status">
      <Icon name={call.media === 'video' ? 'video' : 'phone'} />
      <p>
        {call.state === 'ringing'
          ? t('call.rings')
          : t('call.liveWith', { names: agents.join(', ') || t('people.unknown') })}
        {call.answered_at !== null && ` · ${waited(call.answered_at)}`}
      </p>
      {may.map((mode) => (
        <Button
          key={mode}
          small
          title={t(modeHints[mode])}
          onClick={() =>
            attempt(async () => desk.calls.enter(await desk.calls.routes.supervise(call.id, mode)))
          }
        >
          {t(modeTexts[mode])}
        </Button>
      ))}
    </div>
  );
}
