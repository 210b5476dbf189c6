import './prechat.css';
import type { PrechatConsent, PrechatField, PrechatSettings } from '../../../../protocol/types';
import { Button, IconButton } from '../../../../ui/button';
import { SelectField, Switch, TextAreaField, TextField } from '../../../../ui/field';
import { t } from '../../../i18n';
import { useDesk } from '../../../stores/desk';
import { Card } from '../layout';
import type { CardProps } from './cards';
import { emptyOption, freshId, kindsFor, moved, type Option, ofKind } from './prechat-edit';

const kindWords = {
  name: 'prechat.kindName',
  email: 'prechat.kindEmail',
  phone: 'prechat.kindPhone',
  text: 'prechat.kindText',
  choice: 'prechat.kindChoice',
} as const satisfies Record<PrechatField['kind'], string>;

const fieldsMax = 12;
const optionsMax = 30;

/** What is asked before a conversation. */
export function PrechatCard({ draft, set, form }: CardProps) {
  const { prechat } = draft;
  const { fields, consent } = prechat;
  const change = (patch: Partial<PrechatSettings>) => set({ prechat: { ...prechat, ...patch } });
  const agree = (patch: Partial<PrechatConsent>) => change({ consent: { ...consent, ...patch } });
  const replace = (at: number, field: PrechatField) =>
    change({ fields: fields.map((held, n) => (n === at ? field : held)) });
  const add = () => {
    const kind = kindsFor(fields)[0] ?? 'text';
    const label = kind === 'text' ? '' : t(kindWords[kind]);
    const field = { id: freshId(fields), kind, label, required: false, options: [] };
    change({ fields: [...fields, ofKind(field, kind)] });
  };
  const wrong = form.error('settings.prechat.fields');
  return (
    <Card title={t('prechat.title')} lead={t('prechat.titleLead')}>
      <Switch
        label={t('prechat.enabled')}
        hint={t('prechat.enabledHint')}
        checked={prechat.enabled}
        onChange={(enabled) => change({ enabled })}
      />
      {prechat.enabled && (
        <>
          <TextField
            label={t('prechat.lead')}
            hint={t('prechat.leadHint')}
            maxLength={500}
            value={prechat.lead}
            onValue={(lead) => change({ lead })}
            error={form.error('settings.prechat.lead')}
          />
          {fields.length === 0 && <p class="panel-none">{t('prechat.none')}</p>}
          {fields.map((field, n) => (
            <Question
              key={field.id}
              number={n + 1}
              field={field}
              kinds={kindsFor(fields, field.kind)}
              onField={(next) => replace(n, next)}
              onMove={(by) => change({ fields: moved(fields, n, by) })}
              onRemove={() => change({ fields: fields.filter((_, at) => at !== n) })}
              first={n === 0}
              last={n === fields.length - 1}
            />
          ))}
          {wrong && (
            <p class="field-error" role="alert">
              {t('prechat.badFields')}
            </p>
          )}
          {fields.length < fieldsMax && (
            <Button small icon="plus" onClick={add} aria-invalid={wrong ? 'true' : undefined}>
              {t('prechat.add')}
            </Button>
          )}
          <TextAreaField
            label={t('prechat.consentText')}
            hint={t('prechat.consentHint')}
            maxLength={1000}
            value={consent.text}
            onValue={(text) => agree({ text })}
            error={form.error('settings.prechat.consent')}
          />
          {consent.text && (
            <div class="form-pair">
              <TextField
                label={t('prechat.linkText')}
                maxLength={80}
                value={consent.link_text}
                onValue={(link_text) => agree({ link_text })}
              />
              <TextField
                label={t('prechat.address')}
                type="url"
                placeholder="https://"
                maxLength={500}
                value={consent.url}
                onValue={(url) => agree({ url: url.trim() })}
                error={form.error('settings.prechat.consent.url')}
              />
            </div>
          )}
        </>
      )}
    </Card>
  );
}

interface QuestionProps {
  readonly number: number;
  readonly field: PrechatField;
  readonly kinds: readonly PrechatField['kind'][];
  readonly onField: (field: PrechatField) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onRemove: () => void;
  readonly first: boolean;
  readonly last: boolean;
}

function Question(props: QuestionProps) {
  const { number, field, kinds, onField, onMove, onRemove, first, last } = props;
  const name = field.label || t('prechat.question', { n: number });
  return (
    <fieldset class="question">
      <legend class="question-head">
        <span>{t('prechat.question', { n: number })}</span>
      </legend>
      <div class="question-tools">
        <IconButton
          icon="up"
          size={16}
          label={t('prechat.up', { name })}
          disabled={first}
          onClick={() => onMove(-1)}
        />
        <IconButton
          icon="down"
          size={16}
          label={t('prechat.down', { name })}
          disabled={last}
          onClick={() => onMove(1)}
        />
        <IconButton
          icon="close"
          size={16}
          label={t('prechat.remove', { name })}
          onClick={onRemove}
        />
      </div>
      <div class="form-pair">
        <TextField
          label={t('prechat.label')}
          maxLength={100}
          value={field.label}
          onValue={(label) => onField({ ...field, label })}
        />
        <SelectField
          label={t('prechat.kind')}
          value={field.kind}
          onValue={(kind) => onField(ofKind(field, kind as PrechatField['kind']))}
          options={kinds.map((kind) => [kind, t(kindWords[kind])])}
        />
      </div>
      {field.kind === 'choice' && (
        <Options options={field.options} onOptions={(options) => onField({ ...field, options })} />
      )}
      <Switch
        label={t('prechat.required')}
        checked={field.required}
        onChange={(required) => onField({ ...field, required })}
      />
    </fieldset>
  );
}

interface OptionsProps {
  readonly options: readonly Option[];
  readonly onOptions: (options: Option[]) => void;
}

function Options({ options, onOptions }: OptionsProps) {
  const { tags } = useDesk();
  const replace = (at: number, patch: Partial<Option>) =>
    onOptions(options.map((held, n) => (n === at ? { ...held, ...patch } : held)));
  return (
    <div class="options">
      <span class="field-label">{t('prechat.options')}</span>
      {options.map((option, n) => {
        const name = option.text || t('prechat.option', { n: n + 1 });
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a choice has no other name while it is typed
          <div key={n} class="option">
            <input
              class="input"
              maxLength={100}
              aria-label={t('prechat.option', { n: n + 1 })}
              value={option.text}
              onInput={(event) => replace(n, { text: event.currentTarget.value })}
            />
            <select
              class="input select"
              aria-label={t('prechat.tag', { name })}
              value={option.tag ?? ''}
              onChange={(event) => replace(n, { tag: event.currentTarget.value || null })}
            >
              <option value="">{t('prechat.noTag')}</option>
              {tags.list.value.map((tag) => (
                <option key={tag.id} value={tag.id} selected={tag.id === option.tag}>
                  {tag.name}
                </option>
              ))}
            </select>
            <IconButton
              icon="close"
              size={16}
              label={t('prechat.removeOption', { name })}
              disabled={options.length === 1}
              onClick={() => onOptions(options.filter((_, at) => at !== n))}
            />
          </div>
        );
      })}
      <p class="field-hint">{t('prechat.tagHint')}</p>
      {options.length < optionsMax && (
        <Button small kind="quiet" icon="plus" onClick={() => onOptions([...options, emptyOption])}>
          {t('prechat.addOption')}
        </Button>
      )}
    </div>
  );
}
