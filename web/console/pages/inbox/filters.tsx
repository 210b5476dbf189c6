// What narrows the list and how it is sorted. Each choice is a change of the address.
import { useRef, useState } from 'preact/hooks';
import { IconButton } from '../../../ui/button';
import { Icon, type IconName } from '../../../ui/icon';
import { type MenuItem, Picker } from '../../../ui/menu';
import { measure } from '../../format';
import { type TextKey, t } from '../../i18n';
import { navigate } from '../../router';
import { type Desk, useDesk } from '../../stores/desk';
import { type Filter, priorities, type Sort, type State, sorts, states } from '../../stores/filter';
import { priorityTexts } from './labels';
import { type Look, placeOf, withFilter } from './places';
import { SaveView } from './save-view';

const sortTexts = {
  newest: 'sort.newest',
  oldest: 'sort.oldest',
  waiting: 'sort.waiting',
  priority: 'sort.priority',
} as const satisfies Record<Sort, TextKey>;

const stateTexts = {
  open: 'state.open',
  snoozed: 'view.snoozed',
  resolved: 'view.resolved',
} as const satisfies Record<State, TextKey>;

const waits = [5 * 60, 30 * 60, 2 * 3_600, 24 * 3_600];
const waitName = (seconds: number): string =>
  t('filter.waitsLonger', {
    time: seconds < 86_400 ? measure(seconds, 'second') : measure(seconds / 86_400, 'day'),
  });

interface Chip {
  readonly id: keyof Filter;
  readonly icon: IconName;
  readonly text: string;
  readonly without: Partial<Filter>;
}

/** What differs from the view itself. */
function chips(desk: Desk, { filter, base }: Look): Chip[] {
  const found: Chip[] = [];
  const chip = (id: keyof Filter, icon: IconName, text: string): void => {
    if (String(filter[id]) !== String(base[id])) {
      found.push({ id, icon, text, without: { [id]: base[id] } });
    }
  };
  const who = filter.assignee;
  const holder =
    who === undefined
      ? t('filter.anybody')
      : who === 'nobody'
        ? t('filter.nobody')
        : (desk.people.find(who === 'me' ? desk.me : who)?.name ?? t('people.unknown'));
  chip('state', 'inbox', t(stateTexts[filter.state]));
  chip('assignee', 'user', holder);
  chip('channel', 'globe', desk.channels.find(filter.channel ?? '')?.name ?? t('list.allChannels'));
  const tags = filter.tags.map((id) => desk.tags.find(id)?.name ?? t('tags.deleted'));
  chip('tags', 'tag', tags.join(' + ') || t('filter.anyTag'));
  const ranks = filter.priorities.map((priority) => t(priorityTexts[priority]));
  chip('priorities', 'flag', ranks.join(', ') || t('filter.anyPriority'));
  chip('waitingS', 'clock', filter.waitingS ? waitName(filter.waitingS) : t('filter.anyWait'));
  chip('attribute', 'info', filter.attribute?.replace(':', ': ') ?? t('filter.anyAttribute'));
  return found;
}

/** Everything there is to filter by, in one list one can type into. */
function offers(desk: Desk, look: Look): MenuItem[] {
  const { filter } = look;
  const to = (patch: Partial<Filter>) => () => navigate(withFilter(look, patch));
  const flip = <T,>(all: readonly T[], one: T): T[] =>
    all.includes(one) ? all.filter((other) => other !== one) : [...all, one];
  const item = (
    id: string,
    icon: IconName,
    label: string,
    on: boolean,
    run: () => void,
  ): MenuItem => ({
    id,
    icon,
    label,
    ...(on && { checked: true }),
    run,
  });
  const person = (id: string, label: string): MenuItem =>
    item(
      `assignee-${id}`,
      'user',
      label,
      filter.assignee === id,
      to({
        assignee: filter.assignee === id ? undefined : id,
      }),
    );
  return [
    person('me', t('filter.mine')),
    person('nobody', t('filter.nobody')),
    ...states.map((state) =>
      item(`state-${state}`, 'inbox', t(stateTexts[state]), filter.state === state, to({ state })),
    ),
    ...priorities.map((priority) =>
      item(
        `priority-${priority}`,
        'flag',
        t('priority.is', { priority: t(priorityTexts[priority]) }),
        filter.priorities.includes(priority),
        to({ priorities: flip(filter.priorities, priority) }),
      ),
    ),
    ...waits.map((seconds) =>
      item(
        `waiting-${seconds}`,
        'clock',
        waitName(seconds),
        filter.waitingS === seconds,
        to({
          waitingS: filter.waitingS === seconds ? undefined : seconds,
        }),
      ),
    ),
    ...desk.tags.list.value.map(({ id, name }) =>
      item(
        `tag-${id}`,
        'tag',
        name,
        filter.tags.includes(id),
        to({
          tags: flip(filter.tags, id).sort(),
        }),
      ),
    ),
    ...desk.channels.list.value.map(({ id, name }) =>
      item(
        `channel-${id}`,
        'globe',
        name,
        filter.channel === id,
        to({
          channel: filter.channel === id ? undefined : id,
        }),
      ),
    ),
    ...desk.people.list.value
      .filter((user) => user.active && user.id !== desk.me)
      .map((user) => person(user.id, user.name)),
  ];
}

/** "plan:gold" or "plan=gold": what customers' pages say of them. */
function attributeOffer(look: Look, typed: string): MenuItem[] {
  const [, name, value] = /^\s*([^:=：]+?)\s*[:=：]\s*(.+?)\s*$/.exec(typed) ?? [];
  if (!name || !value) return [];
  return [
    {
      id: 'attribute',
      icon: 'info',
      label: t('filter.attribute', { name, value }),
      run: () => navigate(withFilter(look, { attribute: `${name}:${value}` })),
    },
  ];
}

export function FilterButtons({ look }: { look: Look }) {
  const desk = useDesk();
  const [open, setOpen] = useState<'filter' | 'sort'>();
  const filterButton = useRef<HTMLButtonElement>(null);
  const sortButton = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(undefined);
  const all = open === 'filter' ? offers(desk, look) : [];
  const search = (typed: string): MenuItem[] => {
    const wanted = typed.trim().toLocaleLowerCase();
    const found = all.filter(({ label }) => label.toLocaleLowerCase().includes(wanted));
    return [...found, ...attributeOffer(look, typed)];
  };
  return (
    <div class="list-tools">
      <IconButton
        buttonRef={filterButton}
        icon="filter"
        size={16}
        label={t('filter.do')}
        aria-haspopup="dialog"
        aria-expanded={open === 'filter'}
        onClick={() => setOpen(open === 'filter' ? undefined : 'filter')}
      />
      <button
        ref={sortButton}
        type="button"
        class="list-sort"
        aria-haspopup="dialog"
        aria-expanded={open === 'sort'}
        aria-label={t('sort.by', { sort: t(sortTexts[look.filter.sort]) })}
        onClick={() => setOpen(open === 'sort' ? undefined : 'sort')}
      >
        {t(sortTexts[look.filter.sort])}
        <Icon name="down" size={12} />
      </button>
      {open === 'filter' && (
        <Picker
          anchor={filterButton}
          align="end"
          label={t('filter.do')}
          placeholder={t('filter.find')}
          none={t('filter.none')}
          items={all}
          search={search}
          stays
          onClose={close}
        />
      )}
      {open === 'sort' && (
        <Picker
          anchor={sortButton}
          align="end"
          label={t('sort.label')}
          placeholder={t('sort.label')}
          none={t('pick.none')}
          items={sorts.map((sort) => ({
            id: sort,
            label: t(sortTexts[sort]),
            ...(look.filter.sort === sort && { checked: true }),
            run: () => navigate(withFilter(look, { sort })),
          }))}
          onClose={close}
        />
      )}
    </div>
  );
}

/** What the list is narrowed by, and keeping that under a name. */
export function FilterChips({ look }: { look: Look }) {
  const desk = useDesk();
  const [saving, setSaving] = useState(false);
  const shown = chips(desk, look);
  const saved = desk.views.find(look.view);
  const differs = shown.length > 0 || look.filter.sort !== look.base.sort;
  if (!differs && !saved) return null;
  return (
    <div class="chips">
      {shown.map((chip) => (
        <button
          key={chip.id}
          type="button"
          class="chip"
          title={t('filter.remove', { filter: chip.text })}
          aria-label={t('filter.remove', { filter: chip.text })}
          onClick={() => navigate(withFilter(look, chip.without))}
        >
          <Icon name={chip.icon} size={12} />
          <span class="chip-text">{chip.text}</span>
          <Icon name="close" size={12} />
        </button>
      ))}
      {shown.length > 1 && (
        <button
          type="button"
          class="chip-quiet"
          onClick={() => navigate(placeOf({ ...look, filter: look.base }))}
        >
          {t('filter.clear')}
        </button>
      )}
      <button type="button" class="chip-quiet" onClick={() => setSaving(true)}>
        {saved ? t('views.edit') : t('views.save')}
      </button>
      {saving && <SaveView look={look} saved={saved} onClose={() => setSaving(false)} />}
    </div>
  );
}
