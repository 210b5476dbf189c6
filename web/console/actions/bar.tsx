// The command bar: type what you want. Everything it knows is in `offers.tsx`.
import './bar.css';
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Kbd } from '../../ui/bits';
import { Icon } from '../../ui/icon';
import { t } from '../i18n';
import { navigate } from '../router';
import { useDesk } from '../stores/desk';
import { best } from './fuzzy';
import { typedAhead } from './here';
import { type Offer, useOffers } from './offers';
import { recent, used } from './recent';

const shownMax = 40;
/** Of each group while nothing is typed. */
const untypedMax = { act: 30, go: 6, people: 0, conversations: 5 } as const;
const groups = ['act', 'go', 'people', 'conversations'] as const;
const titles = {
  act: 'bar.act',
  go: 'bar.go',
  people: 'bar.people',
  conversations: 'bar.conversations',
  recent: 'bar.recent',
  search: 'bar.search',
} as const;

interface Section {
  readonly group: keyof typeof titles;
  readonly offers: readonly Offer[];
}

function arrange(offers: readonly Offer[], typed: string): Section[] {
  const lately = recent();
  if (!typed.trim()) {
    const again = lately.flatMap((id) => offers.find((offer) => offer.id === id) ?? []).slice(0, 4);
    const rest = offers.filter((offer) => !again.includes(offer));
    return [
      { group: 'recent', offers: again },
      ...groups.map((group) => ({
        group,
        offers: rest.filter((offer) => offer.group === group).slice(0, untypedMax[group]),
      })),
    ];
  }
  const bonus = (offer: Offer): number => {
    const at = lately.indexOf(offer.id);
    return (at < 0 ? 0 : 40 - at * 4) + (offer.group === 'act' ? 30 : 0);
  };
  const named = best(offers, typed, (offer) => offer.name, bonus);
  const also = best(
    offers.filter((offer) => offer.more && !named.includes(offer)),
    typed,
    (offer) => offer.more ?? '',
  );
  const found = [...named, ...also].slice(0, shownMax);
  const sections: Section[] = groups.map((group) => ({
    group,
    offers: found.filter((offer) => offer.group === group),
  }));
  // The group of the best one first: Enter takes what one meant.
  const first = found[0]?.group;
  sections.sort((a, b) => Number(b.group === first) - Number(a.group === first));
  const search: Offer = {
    id: 'search',
    group: 'go',
    name: t('bar.searchFor', { typed: typed.trim() }),
    icon: 'search',
    run: () => navigate(`/search?q=${encodeURIComponent(typed.trim())}`),
  };
  return [...sections, { group: 'search', offers: [search] }];
}

export default function CommandBar({ onClose }: { onClose: () => void }) {
  const desk = useDesk();
  const [typed, setTyped] = useState(() => typedAhead.peek());
  useLayoutEffect(() => {
    typedAhead.value = '';
  }, []);
  const [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const offers = useOffers(desk);
  const sections = useMemo(
    () => arrange(offers, typed).filter((section) => section.offers.length > 0),
    [typed, offers.length],
  );
  const flat = sections.flatMap((section) => section.offers);
  const active = Math.min(at, flat.length - 1);

  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      dialog.current?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  useLayoutEffect(() => {
    document.getElementById(`${list}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const choose = (offer: Offer | undefined) => {
    if (!offer) return;
    used(offer.id);
    onClose();
    // The bar gives the focus back first: what is asked for next begins from there.
    setTimeout(offer.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.isComposing) return;
    const count = Math.max(1, flat.length);
    const again = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
    if (event.key === 'ArrowDown') setAt((active + 1) % count);
    else if (event.key === 'ArrowUp') setAt((active - 1 + count) % count);
    else if (event.key === 'Enter') choose(flat[active]);
    else if (event.key === 'Escape' || again) onClose();
    else return;
    event.preventDefault();
  };

  let number = -1;
  return (
    <dialog
      ref={dialog}
      class="bar"
      aria-label={t('bar.title')}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === dialog.current && onClose()}
    >
      <div class="bar-content">
        <div class="bar-field">
          <Icon name="command" size={18} />
          <input
            class="bar-input"
            role="combobox"
            aria-label={t('bar.title')}
            aria-expanded="true"
            aria-autocomplete="list"
            aria-controls={list}
            aria-activedescendant={flat[active] ? `${list}-${active}` : undefined}
            placeholder={t('bar.placeholder')}
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        <div id={list} class="bar-list" role="listbox" aria-label={t('bar.title')}>
          {sections.map((section) => (
            // biome-ignore lint/a11y/useSemanticElements: a listbox has no fieldset
            <div key={section.group} role="group" aria-label={t(titles[section.group])}>
              <p class="bar-title" aria-hidden="true">
                {t(titles[section.group])}
              </p>
              {section.offers.map((offer) => {
                number += 1;
                const mine = number;
                return (
                  <Line
                    key={offer.id}
                    id={`${list}-${mine}`}
                    offer={offer}
                    active={mine === active}
                    onActive={() => setAt(mine)}
                    onChoose={() => choose(offer)}
                  />
                );
              })}
            </div>
          ))}
        </div>
      </div>
    </dialog>
  );
}

interface LineProps {
  readonly id: string;
  readonly offer: Offer;
  readonly active: boolean;
  readonly onActive: () => void;
  readonly onChoose: () => void;
}

function Line({ id, offer, active, onActive, onChoose }: LineProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the input above
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      class="bar-line"
      onClick={onChoose}
      onPointerMove={onActive}
    >
      <span class="bar-lead">{offer.lead ?? (offer.icon && <Icon name={offer.icon} />)}</span>
      <span class="bar-name">{offer.name}</span>
      {offer.more && <span class="bar-more">{offer.more}</span>}
      {offer.keys?.map((key) => (
        <Kbd key={key}>{key}</Kbd>
      ))}
    </div>
  );
}
