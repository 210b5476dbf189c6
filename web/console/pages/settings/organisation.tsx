import { useState } from 'preact/hooks';
import { locales } from '../../../core/i18n';
import type { Organisation } from '../../../protocol/types';
import { Notice } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { SelectField, TextField } from '../../../ui/field';
import { toast } from '../../../ui/toast';
import { languageNames } from '../../door/door';
import { useForm } from '../../form';
import { t } from '../../i18n';
import { useMe } from '../../stores/me';
import { api, updateMe } from '../../stores/session';
import { Card, SettingsLayout } from './layout';
import { zoneOptions } from './zones';

export default function OrganisationPage() {
  const { organisation } = useMe();
  const form = useForm();
  const [name, setName] = useState(organisation.name);
  const [language, setLanguage] = useState(organisation.locale);
  const [zone, setZone] = useState(organisation.time_zone);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!name.trim()) {
      form.refuse({ name: t('field.required') });
      return;
    }
    const done = await form.run(async () => {
      const saved = await api.patch<Organisation>('/organisation', {
        name: name.trim(),
        locale: language,
        time_zone: zone,
      });
      updateMe({ organisation: saved });
    });
    if (done) toast(t('state.saved'));
  };
  return (
    <SettingsLayout title={t('settings.organisation')} lead={t('organisation.lead')}>
      <Card title={t('organisation.general')}>
        <form onSubmit={submit} noValidate>
          {form.problem && <Notice tone="danger">{form.problem}</Notice>}
          <TextField
            label={t('field.title')}
            hint={t('organisation.nameHint')}
            maxLength={100}
            value={name}
            onValue={setName}
            error={form.error('name')}
          />
          <div class="form-pair">
            <SelectField
              label={t('organisation.language')}
              hint={t('organisation.languageHint')}
              value={language}
              onValue={setLanguage}
              options={locales.map((code) => [code, languageNames[code]])}
              error={form.error('locale')}
            />
            <SelectField
              label={t('organisation.zone')}
              value={zone}
              onValue={setZone}
              options={zoneOptions(organisation.time_zone)}
              error={form.error('time_zone')}
            />
          </div>
          <div class="form-end">
            <Button type="submit" kind="primary" busy={form.busy}>
              {t('action.save')}
            </Button>
          </div>
        </form>
      </Card>
    </SettingsLayout>
  );
}
