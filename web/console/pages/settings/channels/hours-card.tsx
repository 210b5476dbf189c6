import './hours.css';
import type { DateHours, Hours, ReceptionSettings, Span } from '../../../../protocol/types';
import { Button, IconButton } from '../../../../ui/button';
import { SelectField, Switch, TextAreaField } from '../../../../ui/field';
import { dayName } from '../../../format';
import { t } from '../../../i18n';
import { useMe } from '../../../stores/me';
import { Card } from '../layout';
import { zoneOptions } from '../zones';
import type { CardProps } from './cards';

/** When people are served, and how they are received otherwise. */
export function HoursCard({ draft, set, form }: CardProps) {
  const { organisation } = useMe();
  const { hours, reception } = draft;
  const change = (patch: Partial<Hours>) => set({ hours: { ...hours, ...patch } });
  const receive = (patch: Partial<ReceptionSettings>) =>
    set({ reception: { ...reception, ...patch } });
  const enable = (enabled: boolean) => {
    // Hours that were never used are those of the house.
    const fresh = enabled && hours.time_zone === 'UTC';
    change({ enabled, ...(fresh && { time_zone: organisation.time_zone || 'UTC' }) });
  };
  return (
    <Card title={t('hours.title')} lead={t('hours.lead')}>
      <Switch
        label={t('hours.enabled')}
        hint={t('hours.enabledHint')}
        checked={hours.enabled}
        onChange={enable}
      />
      {hours.enabled && (
        <>
          <SelectField
            label={t('hours.zone')}
            value={hours.time_zone}
            onValue={(time_zone) => change({ time_zone })}
            options={zoneOptions(hours.time_zone)}
            error={form.error('settings.hours.time_zone')}
          />
          <Week
            week={hours.week}
            wrong={form.error('settings.hours.week') && t('hours.badWeek')}
            onWeek={(week) => change({ week })}
          />
          <Dates
            dates={hours.dates}
            wrong={form.error('settings.hours.dates') && t('hours.badDates')}
            onDates={(dates) => change({ dates })}
          />
          <TextAreaField
            label={t('hours.closedGreeting')}
            hint={t('hours.closedGreetingHint')}
            maxLength={500}
            value={reception.closed_greeting}
            onValue={(closed_greeting) => receive({ closed_greeting })}
            error={form.error('settings.reception.closed_greeting')}
          />
        </>
      )}
      <Switch
        label={t('hours.presence')}
        hint={t('hours.presenceHint')}
        checked={reception.presence}
        onChange={(presence) => receive({ presence })}
      />
      {(hours.enabled || reception.presence) && (
        <Switch
          label={t('hours.askContact')}
          hint={t('hours.askContactHint')}
          checked={reception.ask_contact}
          onChange={(ask_contact) => receive({ ask_contact })}
        />
      )}
      <Switch
        label={t('hours.queue')}
        hint={t('hours.queueHint')}
        checked={reception.queue}
        onChange={(queue) => receive({ queue })}
      />
    </Card>
  );
}

interface WeekProps {
  readonly week: readonly Span[][];
  readonly wrong: string | undefined;
  readonly onWeek: (week: Span[][]) => void;
}

function Week({ week, wrong, onWeek }: WeekProps) {
  const replace = (at: number, spans: Span[]) =>
    onWeek(week.map((held, n) => (n === at ? spans : held)));
  const weekdays = () => onWeek(week.map((held, n) => (n > 0 && n < 5 ? (week[0] ?? []) : held)));
  return (
    <fieldset class="hours" aria-invalid={wrong ? 'true' : undefined} tabIndex={-1}>
      <legend class="field-label">{t('hours.week')}</legend>
      {week.map((spans, n) => (
        // A day is its place in the week.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={n} class="hours-day">
          <span class="hours-name">{dayName(n)}</span>
          <Spans name={dayName(n)} spans={spans} onSpans={(next) => replace(n, next)} />
        </div>
      ))}
      {wrong ? (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      ) : (
        <p class="field-hint">{t('hours.overnight')}</p>
      )}
      <Button small kind="quiet" icon="copy" onClick={weekdays}>
        {t('hours.copy')}
      </Button>
    </fieldset>
  );
}

const spansMax = 6;

interface SpansProps {
  /** Of the day, for those who hear the form. */
  readonly name: string;
  readonly spans: readonly Span[];
  readonly onSpans: (spans: Span[]) => void;
}

function Spans({ name, spans, onSpans }: SpansProps) {
  const replace = (at: number, patch: Partial<Span>) =>
    onSpans(spans.map((span, n) => (n === at ? { ...span, ...patch } : span)));
  const add = () => {
    const from = spans.at(-1)?.to ?? '09:00';
    onSpans([...spans, { from, to: from < '18:00' ? '18:00' : '00:00' }]);
  };
  return (
    <div class="hours-spans">
      {spans.length === 0 && <span class="hours-closed">{t('hours.closed')}</span>}
      {spans.map((span, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: hours have no other name
        <span key={n} class="hours-span">
          <input
            type="time"
            class="input"
            required
            aria-label={t('hours.from', { day: name })}
            value={span.from}
            onInput={(event) => replace(n, { from: event.currentTarget.value })}
          />
          –
          <input
            type="time"
            class="input"
            required
            aria-label={t('hours.to', { day: name })}
            value={span.to}
            onInput={(event) => replace(n, { to: event.currentTarget.value })}
          />
          <IconButton
            icon="close"
            size={16}
            label={t('hours.remove', { day: name })}
            onClick={() => onSpans(spans.filter((_, at) => at !== n))}
          />
        </span>
      ))}
      {spans.length < spansMax && (
        <IconButton icon="plus" size={16} label={`${name}: ${t('hours.add')}`} onClick={add} />
      )}
    </div>
  );
}

const datesMax = 200;

interface DatesProps {
  readonly dates: readonly DateHours[];
  readonly wrong: string | undefined;
  readonly onDates: (dates: DateHours[]) => void;
}

function Dates({ dates, wrong, onDates }: DatesProps) {
  const replace = (at: number, patch: Partial<DateHours>) =>
    onDates(dates.map((held, n) => (n === at ? { ...held, ...patch } : held)));
  return (
    <fieldset class="hours" aria-invalid={wrong ? 'true' : undefined} tabIndex={-1}>
      <legend class="field-label">{t('hours.dates')}</legend>
      {dates.map((one, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a date is no key while it is typed
        <div key={n} class="hours-date">
          <input
            type="date"
            class="input"
            required
            min="2000-01-01"
            max="2200-12-31"
            aria-label={t('hours.date')}
            value={one.date}
            onInput={(event) => replace(n, { date: event.currentTarget.value })}
          />
          <input
            class="input"
            maxLength={60}
            placeholder={t('hours.dateName')}
            aria-label={t('hours.dateName')}
            value={one.name}
            onInput={(event) => replace(n, { name: event.currentTarget.value })}
          />
          <IconButton
            icon="close"
            size={16}
            label={t('hours.removeDate', { date: one.date })}
            onClick={() => onDates(dates.filter((_, at) => at !== n))}
          />
          <Spans
            name={one.name || one.date}
            spans={one.spans}
            onSpans={(spans) => replace(n, { spans })}
          />
        </div>
      ))}
      {wrong ? (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      ) : (
        <p class="field-hint">{t('hours.datesHint')}</p>
      )}
      {dates.length < datesMax && (
        <Button
          small
          kind="quiet"
          icon="plus"
          onClick={() => onDates([...dates, { date: '', name: '', spans: [] }])}
        >
          {t('hours.addDate')}
        </Button>
      )}
    </fieldset>
  );
}
