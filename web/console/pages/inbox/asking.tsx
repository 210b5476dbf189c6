// What an action asks for before it happens: to whom, until when, which tags, which priority. One
// place for the keys, the buttons and the command bar, for one conversation or for many.
import { useMemo, useState } from 'preact/hooks';
import type { Conversation } from '../../../protocol/types';
import { Button } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { TextField } from '../../../ui/field';
import { type MenuItem, Picker } from '../../../ui/menu';
import { toast } from '../../../ui/toast';
import { inbox, type Question } from '../../actions/here';
import { currentTime, dateTime, later } from '../../format';
import { locale, t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { priorities } from '../../stores/filter';
import { tagColours } from '../../stores/tags';
import { sentence } from '../../stores/words';
import { Offering } from '../../transfers/offering';
import { AssignPicker } from './assign';
import { prioritise, snooze, tag, wake } from './commands';
import { PriorityMark, priorityTexts, TagMark } from './labels';
import { readSpan, snoozeTimes } from './snooze-times';

interface AskingProps {
  readonly question: Question;
  readonly targets: readonly Conversation[];
  readonly onClose: () => void;
}

/** Next to the button that would ask the same, wherever the question came from. */
function anchorOf(question: Question): HTMLElement | null {
  for (const place of ['.bulk', '.talk']) {
    const buttons = document.querySelectorAll<HTMLElement>(`${place} [data-ask="${question}"]`);
    // Narrow screens have theirs elsewhere.
    const shown = [...buttons].find((button) => button.offsetParent);
    if (shown) return shown;
  }
  const row = document.activeElement?.closest<HTMLElement>('[data-row]');
  return row ?? document.querySelector('main');
}

export function Asking({ question, targets: asked, onClose }: AskingProps) {
  const desk = useDesk();
  const anchor = useMemo(() => ({ current: anchorOf(question) }), [question]);
  const all = desk.conversations.all.value;
  const targets = asked.flatMap(({ id }) => all.get(id) ?? []);
  const common = { anchor, targets, onClose };
  switch (question) {
    case 'assign':
      return <AssignPicker {...common} />;
    case 'transfer':
      return targets[0] ? <Offering held={targets[0]} onClose={onClose} /> : null;
    case 'snooze':
      return <SnoozePicker {...common} />;
    case 'tags':
      return <TagPicker {...common} />;
    default:
      return <PriorityPicker {...common} />;
  }
}

interface PickProps {
  readonly anchor: { current: HTMLElement | null };
  readonly targets: readonly Conversation[];
  readonly onClose: () => void;
}

function PriorityPicker({ anchor, targets, onClose }: PickProps) {
  const desk = useDesk();
  const items: MenuItem[] = priorities.map((priority) => ({
    id: priority,
    label: t(priorityTexts[priority]),
    lead: <PriorityMark priority={priority} />,
    ...(targets.every((held) => held.priority === priority) && { checked: true }),
    run: () => void prioritise(desk, targets, priority),
  }));
  return (
    <Picker
      anchor={anchor}
      align="end"
      label={t('do.priority')}
      placeholder={t('do.priority')}
      none={t('pick.none')}
      items={items}
      onClose={onClose}
    />
  );
}

function TagPicker({ anchor, targets, onClose }: PickProps) {
  const desk = useDesk();
  const all = desk.tags.list.value;
  const has = (id: string) => targets.every((held) => held.tags.includes(id));
  const create = async (name: string) => {
    try {
      const colour = tagColours[all.length % tagColours.length] ?? 'grey';
      const made = await desk.tags.create(name, colour);
      await tag(desk, targets, made.id, true);
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
  };
  const search = (typed: string): MenuItem[] => {
    const wanted = typed.trim().toLocaleLowerCase();
    const found = all.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
    const items: MenuItem[] = found.map(({ id, name, colour }) => ({
      id,
      label: name,
      lead: <TagMark name="" colour={colour} />,
      ...(has(id) && { checked: true }),
      run: () => void tag(desk, targets, id, !has(id)),
    }));
    if (wanted && !found.some(({ name }) => name.toLocaleLowerCase() === wanted)) {
      items.push({
        id: 'new',
        label: t('tags.create', { name: typed.trim() }),
        icon: 'plus',
        run: () => void create(typed),
      });
    }
    return items;
  };
  return (
    <Picker
      anchor={anchor}
      align="end"
      label={t('do.tags')}
      placeholder={t('tags.find')}
      none={t('tags.none')}
      items={[]}
      search={search}
      stays
      onClose={onClose}
    />
  );
}

function SnoozePicker({ anchor, targets, onClose }: PickProps) {
  const desk = useDesk();
  const [own, setOwn] = useState(false);
  const open = targets.filter((held) => held.status === 'open');
  const until = (at: number | null) => {
    inbox.peek()?.done(open, snooze(desk, open, at));
  };
  const fixed: MenuItem[] = [
    ...snoozeTimes(currentTime()).map(({ id, at }) => ({
      id,
      label: t(`snooze.${id}`),
      hint: later(at),
      run: () => until(at),
    })),
    { id: 'reply', label: t('snooze.untilReply'), apart: true, run: () => until(null) },
    { id: 'own', label: t('snooze.own'), run: () => setOwn(true) },
  ];
  if (open.some((held) => held.snooze)) {
    fixed.push({ id: 'wake', label: t('do.wake'), run: () => void wake(desk, open) });
  }
  const search = (typed: string): MenuItem[] => {
    const at = readSpan(typed, currentTime());
    const wanted = typed.trim().toLocaleLowerCase();
    const found = fixed.filter(({ label }) => label.toLocaleLowerCase().includes(wanted));
    if (at === undefined) return found;
    const label = new Date(at).toLocaleString(locale(), {
      dateStyle: 'medium',
      timeStyle: 'short',
    });
    return [{ id: 'typed', label, run: () => until(at) }, ...found];
  };
  if (own) return <OwnTime onTime={until} onClose={onClose} />;
  return (
    <Picker
      anchor={anchor}
      align="end"
      label={t('do.snooze')}
      placeholder={t('snooze.find')}
      none={t('snooze.none')}
      items={fixed}
      search={search}
      onClose={(chosen) => {
        // One's own time is asked for next, by this same component.
        if (chosen !== 'own') onClose();
      }}
    />
  );
}

function OwnTime({ onTime, onClose }: { onTime: (at: number) => void; onClose: () => void }) {
  const [text, setText] = useState('');
  const at = text ? new Date(text).getTime() : Number.NaN;
  const problem = text && !(at > currentTime()) ? t('snooze.past') : undefined;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!(at > currentTime())) return;
    onClose();
    onTime(at);
  };
  return (
    <Dialog title={t('snooze.own')} close={t('action.close')} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <TextField
          label={t('snooze.when')}
          type="datetime-local"
          value={text}
          error={problem}
          onValue={setText}
          required
        />
        <p class="snooze-said">{at > currentTime() ? dateTime(at) : ' '}</p>
        <Button kind="primary" type="submit" disabled={!(at > currentTime())}>
          {t('do.snooze')}
        </Button>
      </form>
    </Dialog>
  );
}
