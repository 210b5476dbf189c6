import type { Handback } from '../../../../protocol/types';
import { Avatar } from '../../../../ui/avatar';
import {
  Field,
  RadioGroup,
  SelectField,
  Switch,
  TextAreaField,
  TextField,
} from '../../../../ui/field';
import type { Form } from '../../../form';
import { t } from '../../../i18n';
import { atLeast } from '../../../roles';
import { useDesk } from '../../../stores/desk';
import { Card } from '../layout';
import { type ChannelDraft, handbackBounds, reviseBounds } from './edit';

export interface CardProps {
  readonly draft: ChannelDraft;
  readonly set: (patch: Partial<ChannelDraft>) => void;
  readonly form: Form;
}

export function GeneralCard({ draft, set, form }: CardProps) {
  return (
    <Card title={t('channel.general')}>
      <TextField
        label={t('field.title')}
        hint={t('setup.channelHint')}
        maxLength={100}
        value={draft.name}
        onValue={(name) => set({ name })}
        error={form.error('name')}
      />
      <Switch
        label={t('channel.active')}
        hint={t('channel.activeHint')}
        checked={draft.active}
        onChange={(active) => set({ active })}
      />
      <Switch
        label={t('channel.everyone')}
        hint={t('channel.everyoneHint')}
        checked={draft.everyone}
        onChange={(everyone) => set({ everyone })}
      />
      {!draft.everyone && <Members draft={draft} set={set} />}
    </Card>
  );
}

function Members({ draft, set }: Omit<CardProps, 'form'>) {
  const { people } = useDesk();
  const shown = people.list.value.filter((user) => user.active || draft.members.includes(user.id));
  return (
    <fieldset class="members">
      <legend class="visually-hidden">{t('channel.members')}</legend>
      {shown.map((user) => {
        const always = atLeast(user.role, 'supervisor');
        const checked = draft.members.includes(user.id);
        return (
          <label key={user.id} class="member">
            <input
              type="checkbox"
              checked={checked || always}
              disabled={always}
              onChange={() =>
                set({
                  members: checked
                    ? draft.members.filter((id) => id !== user.id)
                    : [...draft.members, user.id],
                })
              }
            />
            <Avatar id={user.id} name={user.name} src={user.avatar_url} size={20} />
            {user.name}
            {always && <span class="menu-item-hint">{t('channel.always')}</span>}
          </label>
        );
      })}
    </fieldset>
  );
}

export function LookCard({ draft, set, form }: CardProps) {
  return (
    <Card title={t('channel.look')}>
      <div class="form-pair">
        <Field label={t('channel.colour')} error={form.error('colour')}>
          {(tied) => (
            <span class="colour">
              <input
                type="color"
                aria-label={t('channel.pickColour')}
                value={draft.colour}
                onInput={(event) => set({ colour: event.currentTarget.value })}
              />
              <input
                class="input"
                {...tied}
                maxLength={7}
                spellcheck={false}
                value={draft.colour}
                onInput={(event) => set({ colour: event.currentTarget.value })}
              />
            </span>
          )}
        </Field>
        <RadioGroup
          label={t('channel.position')}
          value={draft.position}
          onValue={(position) => set({ position })}
          options={[
            ['left', t('channel.left')],
            ['right', t('channel.right')],
          ]}
        />
      </div>
      <RadioGroup
        label={t('profile.theme')}
        value={draft.theme}
        onValue={(theme) => set({ theme })}
        options={[
          ['auto', t('theme.auto')],
          ['light', t('theme.light')],
          ['dark', t('theme.dark')],
        ]}
      />
      <div class="form-pair">
        <TextField
          label={t('channel.launcher')}
          hint={t('channel.launcherHint')}
          maxLength={40}
          value={draft.launcher_label}
          onValue={(launcher_label) => set({ launcher_label })}
          error={form.error('settings.launcher_label')}
        />
        <TextField
          label={t('channel.title')}
          hint={t('channel.titleHint')}
          maxLength={60}
          value={draft.title}
          onValue={(title) => set({ title })}
          error={form.error('settings.title')}
        />
      </div>
      <TextAreaField
        label={t('channel.greeting')}
        hint={t('channel.greetingHint')}
        maxLength={500}
        value={draft.greeting}
        onValue={(greeting) => set({ greeting })}
        error={form.error('settings.greeting')}
      />
      <Switch
        label={t('channel.sound')}
        checked={draft.sound}
        onChange={(sound) => set({ sound })}
      />
    </Card>
  );
}

export function RulesCard({ draft, set, form }: CardProps) {
  return (
    <Card title={t('channel.rules')}>
      <TextAreaField
        label={t('channel.origins')}
        hint={t('channel.originsHint')}
        placeholder="https://shop.example"
        value={draft.originsText}
        onValue={(originsText) => set({ originsText })}
        error={form.error('origins') ?? form.error('settings.origins')}
      />
      <TextField
        label={t('channel.reopen')}
        hint={t('channel.reopenHint')}
        type="number"
        min={0}
        value={String(draft.reopen_hours)}
        onValue={(value) => set({ reopen_hours: value === '' ? Number.NaN : Number(value) })}
        error={form.error('reopen_hours') ?? form.error('settings.reopen_hours')}
      />
      <TextField
        label={t('channel.revise')}
        hint={t('channel.reviseHint')}
        type="number"
        {...reviseBounds}
        value={String(draft.revise_minutes)}
        onValue={(value) => set({ revise_minutes: value === '' ? Number.NaN : Number(value) })}
        error={form.error('revise_minutes') ?? form.error('settings.revise_minutes')}
      />
    </Card>
  );
}

export function AbsenceCard({ draft, set, form }: CardProps) {
  const off = draft.handback === 'off';
  return (
    <Card title={t('channel.absence')} lead={t('channel.absenceLead')}>
      <SelectField
        label={t('channel.handback')}
        value={draft.handback}
        onValue={(handback) => set({ handback: handback as Handback })}
        options={[
          ['waiting', t('channel.handbackWaiting')],
          ['all', t('channel.handbackAll')],
          ['off', t('channel.handbackOff')],
        ]}
      />
      <TextField
        label={t('channel.handbackAfter')}
        hint={t('channel.handbackAfterHint')}
        type="number"
        {...handbackBounds}
        disabled={off}
        value={String(draft.handback_after_s)}
        onValue={(value) => set({ handback_after_s: value === '' ? Number.NaN : Number(value) })}
        error={form.error('handback_after_s') ?? form.error('settings.handback_after_s')}
      />
    </Card>
  );
}
