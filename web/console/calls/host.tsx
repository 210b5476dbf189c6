// The place of a call at the desk: a card that rings anywhere, the room beside its conversation, or
// small above everything else. It stays while pages come and go.
import '../../call/call.css';
import './host.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Home, Shown } from '../../call/home';
import { phaseOf } from '../../call/view';
import type { Call } from '../../protocol/calls';
import { toast } from '../../ui/toast';
import { t } from '../i18n';
import { navigate } from '../router';
import { announceCall } from '../stores/attention';
import { useDesk } from '../stores/desk';
import { callTitle } from './names';
import { createSwitches, type Opened, SwitchPanel } from './switches';

/** They were told already. */
const told = (): void => {};

export function CallHost({ path }: { path: string }) {
  const desk = useDesk();
  const place = useRef<HTMLDivElement>(null);
  const home = useRef<Home | undefined>(undefined);
  const [shown, setShown] = useState<Shown>('nothing');
  const [small, setSmall] = useState(false);
  const [opened, setOpened] = useState<Opened>();
  const call = desk.calls.here.value;
  const beside = call !== undefined && path.endsWith(`/${call.conversation}`);
  const latest = useRef({ beside, call, shown });
  latest.current = { beside, call, shown };

  useEffect(() => {
    const who = { user: desk.me };
    let stopped = false;
    let loading: Promise<Home> | undefined;

    const resize = (): void => {
      const { beside, call } = latest.current;
      if (beside) setSmall((before) => !before);
      else if (call) {
        setSmall(false);
        navigate(`/inbox/all/${call.conversation}`);
      }
    };
    const show = (what: Shown, node: HTMLElement | undefined): void => {
      const { beside, call, shown } = latest.current;
      // Whom one answers, one has before one.
      if (what === 'room' && shown === 'ring' && call && !beside) {
        navigate(`/inbox/all/${call.conversation}`);
      }
      setShown(what);
      setSmall(false);
      setOpened(undefined);
      place.current?.replaceChildren(...(node ? [node] : []));
      if (what !== 'ring') announceCall(undefined);
      if (what === 'nothing') desk.calls.showHere(undefined);
    };
    const load = (): Promise<Home> => {
      loading ??= import('./home')
        .then(({ deskHome }) =>
          deskHome(desk, {
            show,
            onChange(session) {
              desk.calls.showHere(session.call);
              if (home.current?.room) furnish(home.current);
            },
            onSmall: resize,
          }),
        )
        .then((made) => {
          if (stopped) made.stop();
          home.current = made;
          return made;
        })
        .catch((error) => {
          // The chunk did not come: the next call asks for it again.
          loading = undefined;
          toast(t('unreachable.page'), { kind: 'error' });
          throw error;
        });
      return loading;
    };
    const switches = createSwitches(desk, setOpened);
    const furnish = ({ room, session }: Home): void => {
      if (!room || !session) return;
      if (!switches.node.isConnected) room.actions.replaceChildren(switches.node);
      switches.draw(session);
    };
    const concerns = (call: Call): boolean => !/outside|ended/.test(phaseOf(call, who));

    const detach = desk.calls.attach({
      hear(event) {
        if (event.type !== 'call.updated') home.current?.hear(event);
        else if (loading || concerns(event.call)) {
          if (phaseOf(event.call, who) === 'incoming') announceCall(callTitle(desk, event.call));
          load().then((made) => made.hear(event), told);
        }
      },
      take: (call, begun) => void load().then((made) => made.take(call, begun), told),
      async resume() {
        if (home.current) await home.current.resume();
        else {
          const call = await desk.calls.routes.current();
          if (call) (await load()).take(call);
        }
      },
    });
    return () => {
      stopped = true;
      detach();
      home.current?.stop();
      announceCall(undefined);
    };
  }, [desk]);

  // After a page load, and whenever events may have been missed.
  const snapshot = desk.snapshot.value;
  useEffect(() => {
    if (snapshot) desk.calls.resume();
  }, [snapshot]);

  const large = shown === 'room' && beside && !small;
  useEffect(() => {
    if (shown === 'room') home.current?.room?.small(!large);
  }, [shown, large]);

  return (
    <>
      <div
        ref={place}
        class={`call-host ${large ? 'call-beside' : 'call-floating'}`}
        data-shown={shown}
      />
      {opened && home.current?.session && (
        <SwitchPanel
          opened={opened}
          session={home.current.session}
          onOpen={setOpened}
          onClose={() => setOpened(undefined)}
        />
      )}
    </>
  );
}
