// What customers think of how they are served: counted, by person, and one by one. Supervisors.
import './satisfaction.css';
import { useEffect, useState } from 'preact/hooks';
import type { Page, Rating, RatingSummary, RatingTally } from '../../../protocol/types';
import { Empty, Notice, Skeleton } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { SelectField } from '../../../ui/field';
import { count, currentTime, shortNumber } from '../../format';
import { t } from '../../i18n';
import { RatingView } from '../../ratings/rating';
import { Stars } from '../../ratings/stars';
import { atLeast } from '../../roles';
import { NotFound } from '../../shell';
import { pageTitle } from '../../stores/attention';
import { useDesk } from '../../stores/desk';
import { useMe } from '../../stores/me';
import { api } from '../../stores/session';
import { colleague, sentence } from '../../stores/words';

const dayMs = 86_400_000;
const spans = ['7', '30', '90', 'all'] as const;
const lowAtMost = 2;

interface Choice {
  readonly days: string;
  readonly channel: string;
  readonly low: boolean;
}

export default function Satisfaction() {
  const me = useMe();
  useEffect(() => {
    pageTitle.value = t('rating.page');
  }, []);
  return atLeast(me.role, 'supervisor') ? <Report /> : <NotFound />;
}

function Report() {
  const [choice, setChoice] = useState<Choice>({ days: '30', channel: '', low: false });
  const [summary, setSummary] = useState<RatingSummary>();
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    const query = new URLSearchParams();
    if (choice.channel) query.set('channel', choice.channel);
    if (choice.days !== 'all') {
      query.set('from', String(currentTime() - Number(choice.days) * dayMs));
    }
    let current = true;
    api.get<RatingSummary>(`/ratings/summary?${query}`).then(
      (found) => {
        if (current) setSummary(found);
      },
      (error) => {
        if (current) setFailed(error);
      },
    );
    return () => {
      current = false;
    };
  }, [choice.days, choice.channel]);
  return (
    <div class="satisfaction">
      <header>
        <h1>{t('rating.page')}</h1>
        <Filters choice={choice} onChoice={setChoice} />
      </header>
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {!summary && failed === undefined && <Skeleton rows={4} label={t('state.loading')} />}
      {summary?.all.count === 0 && (
        <Empty icon="star" title={t('rating.nothing')}>
          <p>{t('rating.nothingText')}</p>
        </Empty>
      )}
      {summary && summary.all.count > 0 && (
        <>
          <Totals tally={summary.all} />
          <ByPerson agents={summary.agents} />
        </>
      )}
      <OneByOne choice={choice} />
    </div>
  );
}

function Filters({ choice, onChoice }: { choice: Choice; onChoice: (choice: Choice) => void }) {
  const { channels } = useDesk();
  const spanText = (days: (typeof spans)[number]): string =>
    days === 'all' ? t('rating.ever') : t('rating.days', { count: Number(days) });
  return (
    <div class="satisfaction-filters">
      <SelectField
        label={t('rating.span')}
        value={choice.days}
        onValue={(days) => onChoice({ ...choice, days })}
        options={spans.map((days) => [days, spanText(days)])}
      />
      <SelectField
        label={t('rating.channel')}
        value={choice.channel}
        onValue={(channel) => onChoice({ ...choice, channel })}
        options={[
          ['', t('rating.anyChannel')],
          ...channels.list.value.map(({ id, name }) => [id, name] as [string, string]),
        ]}
      />
      <SelectField
        label={t('rating.shown')}
        value={choice.low ? 'low' : ''}
        onValue={(value) => onChoice({ ...choice, low: value === 'low' })}
        options={[
          ['', t('rating.allScores')],
          ['low', t('rating.lowScores')],
        ]}
      />
    </div>
  );
}

const solvedShare = ({ solved, unsolved }: RatingTally): string =>
  solved + unsolved === 0 ? '–' : `${count(Math.round((solved / (solved + unsolved)) * 100))} %`;

function Totals({ tally }: { tally: RatingTally }) {
  const most = Math.max(...tally.scores);
  return (
    <div class="satisfaction-totals">
      <dl class="satisfaction-figures">
        <div>
          <dt>{t('rating.average')}</dt>
          <dd>{shortNumber(tally.average ?? 0)}</dd>
        </div>
        <div>
          <dt>{t('rating.count')}</dt>
          <dd>{count(tally.count)}</dd>
        </div>
        <div>
          <dt>{t('rating.solvedShare')}</dt>
          <dd>{solvedShare(tally)}</dd>
        </div>
      </dl>
      <ol class="satisfaction-bars" reversed>
        {[5, 4, 3, 2, 1].map((score) => {
          const given = tally.scores[score - 1] ?? 0;
          return (
            <li key={score}>
              <Stars score={score} size={12} />
              <progress max={most} value={given} aria-label={t('rating.stars', { count: score })} />
              <span>{count(given)}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function ByPerson({ agents }: Pick<RatingSummary, 'agents'>) {
  const { people } = useDesk();
  return (
    <table>
      <caption class="visually-hidden">{t('rating.byPerson')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('rating.person')}</th>
          <th scope="col">{t('rating.average')}</th>
          <th scope="col">{t('rating.count')}</th>
          <th scope="col">{t('rating.solvedShare')}</th>
        </tr>
      </thead>
      <tbody>
        {agents.map(({ agent, tally }) => (
          <tr key={agent ?? ''}>
            <th scope="row">{agent ? colleague(people, agent) : t('rating.nobody')}</th>
            <td>{shortNumber(tally.average ?? 0)}</td>
            <td>{count(tally.count)}</td>
            <td>{solvedShare(tally)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function OneByOne({ choice }: { choice: Choice }) {
  const { people } = useDesk();
  const [items, setItems] = useState<readonly Rating[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const load = async (after?: string) => {
    const query = new URLSearchParams({ limit: '20' });
    if (choice.channel) query.set('channel', choice.channel);
    if (choice.low) query.set('score_max', String(lowAtMost));
    if (after) query.set('after', after);
    return api.get<Page<Rating>>(`/ratings?${query}`);
  };
  useEffect(() => {
    let current = true;
    load().then(
      (page) => {
        if (!current) return;
        setItems(page.items);
        setNext(page.next);
      },
      // The summary above says what is wrong.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [choice.channel, choice.low]);
  const more = async () => {
    if (!next) return;
    const page = await load(next);
    setItems([...items, ...page.items]);
    setNext(page.next);
  };
  if (items.length === 0) return null;
  return (
    <section aria-label={t('rating.newest')}>
      <h2>{t('rating.newest')}</h2>
      <ul class="satisfaction-list">
        {items.map((rating) => (
          <li key={rating.id}>
            <RatingView rating={rating} />
            <p class="satisfaction-where">
              {rating.agent ? colleague(people, rating.agent) : t('rating.nobody')}
              {' · '}
              <a href={`/inbox/all/${rating.conversation}`}>{t('rating.open')}</a>
            </p>
          </li>
        ))}
      </ul>
      {next && <Button onClick={more}>{t('rating.more')}</Button>}
    </section>
  );
}
