import { useRef, useState } from 'preact/hooks';
import { ApiError } from '../../../core/api';
import { locales } from '../../../core/i18n';
import type { Me } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Notice } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { PasswordField, RadioGroup, SelectField, Switch, TextField } from '../../../ui/field';
import { toast } from '../../../ui/toast';
import { languageNames } from '../../door/door';
import { NewPassword } from '../../door/new-password';
import { useForm } from '../../form';
import { locale, t } from '../../i18n';
import { passwordMin } from '../../password';
import { askForNotifications, chime, permission } from '../../stores/attention';
import { useMe } from '../../stores/me';
import { prefs, setPrefs } from '../../stores/prefs';
import { api, updateMe } from '../../stores/session';
import { sentence } from '../../stores/words';
import { Card, SettingsLayout } from './layout';

export default function Profile() {
  return (
    <SettingsLayout title={t('settings.profile')} lead={t('profile.lead')}>
      <Card title={t('profile.you')}>
        <Picture />
        <Name />
      </Card>
      <Card title={t('profile.browser')} lead={t('profile.browserLead')}>
        <Appearance />
        <Notifications />
      </Card>
      <Card title={t('profile.password')} lead={t('profile.passwordLead')}>
        <Password />
      </Card>
    </SettingsLayout>
  );
}

function Picture() {
  const me = useMe();
  const picker = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const change = async (run: () => Promise<Me>) => {
    setBusy(true);
    try {
      updateMe(await run());
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
    setBusy(false);
  };
  const upload = (file: File | undefined) => {
    if (file) change(() => api.put<Me>('/me/avatar', file, { 'Content-Type': file.type }));
  };
  return (
    <div class="avatar-edit">
      <Avatar id={me.id} name={me.name} src={me.avatar_url} size={64} />
      <Button small busy={busy} onClick={() => picker.current?.click()}>
        {t('profile.upload')}
      </Button>
      {me.avatar_url && (
        <Button
          small
          kind="quiet"
          disabled={busy}
          onClick={() => change(() => api.delete<Me>('/me/avatar'))}
        >
          {t('profile.removePicture')}
        </Button>
      )}
      <input
        ref={picker}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/gif,image/webp"
        aria-label={t('profile.upload')}
        onChange={(event) => {
          upload(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}

function Name() {
  const me = useMe();
  const form = useForm();
  const [name, setName] = useState(me.name);
  const [language, setLanguage] = useState(me.locale || locale());
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!name.trim()) {
      form.refuse({ name: t('field.required') });
      return;
    }
    const done = await form.run(async () =>
      updateMe(await api.patch<Me>('/me', { name: name.trim(), locale: language })),
    );
    if (done) toast(t('state.saved'));
  };
  return (
    <form onSubmit={submit} noValidate>
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      <div class="form-pair">
        <TextField
          label={t('field.name')}
          autocomplete="name"
          maxLength={100}
          value={name}
          onValue={setName}
          error={form.error('name')}
        />
        <SelectField
          label={t('field.language')}
          value={language}
          onValue={setLanguage}
          options={locales.map((code) => [code, languageNames[code]])}
          error={form.error('locale')}
        />
      </div>
      <div class="form-end">
        <Button type="submit" kind="primary" busy={form.busy}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}

function Appearance() {
  return (
    <RadioGroup
      label={t('profile.theme')}
      value={prefs.value.theme}
      onValue={(theme) => setPrefs({ theme })}
      options={[
        ['system', t('theme.system')],
        ['light', t('theme.light')],
        ['dark', t('theme.dark')],
      ]}
    />
  );
}

function Notifications() {
  const state = permission.value;
  const words = {
    granted: t('notify.hint'),
    default: t('notify.hint'),
    denied: t('notify.denied'),
    unsupported: t('notify.unsupported'),
  }[state];
  return (
    <>
      <Switch
        label={t('notify.desktop')}
        hint={words}
        checked={prefs.value.notifications && state === 'granted'}
        disabled={state === 'denied' || state === 'unsupported'}
        onChange={(on) => {
          if (on && state !== 'granted') askForNotifications();
          else setPrefs({ notifications: on });
        }}
      />
      <Switch
        label={t('notify.sound')}
        hint={t('notify.soundHint')}
        checked={prefs.value.sound}
        onChange={(sound) => {
          setPrefs({ sound });
          if (sound) chime();
        }}
      />
    </>
  );
}

function Password() {
  const form = useForm();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!current || [...next].length < passwordMin) {
      form.refuse({
        ...(!current && { current: t('field.required') }),
        ...([...next].length < passwordMin && { new: t('password.short', { min: passwordMin }) }),
      });
      return;
    }
    let wrong = false;
    const done = await form.run(() =>
      api.post('/me/password', { current, new: next }).catch((error) => {
        wrong = error instanceof ApiError && error.code === 'session.wrong_credentials';
        throw error;
      }),
    );
    if (wrong) form.refuse({ current: t('profile.wrongCurrent') });
    if (!done) return;
    setCurrent('');
    setNext('');
    toast(t('profile.passwordChanged'));
  };
  return (
    <form onSubmit={submit} noValidate>
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      <div class="form-pair">
        <PasswordField
          label={t('profile.current')}
          autocomplete="current-password"
          value={current}
          onValue={setCurrent}
          error={form.error('current')}
          show={t('password.show')}
          hide={t('password.hide')}
          capsLock={t('password.caps')}
        />
        <NewPassword
          label={t('profile.new')}
          value={next}
          onValue={setNext}
          error={form.error('new')}
        />
      </div>
      <div class="form-end">
        <Button type="submit" busy={form.busy}>
          {t('profile.changePassword')}
        </Button>
      </div>
    </form>
  );
}
