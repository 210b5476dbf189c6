import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../../../core/api';
import { Notice } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { PasswordField, TextField } from '../../../ui/field';
import { Door } from '../../door/door';
import { useForm } from '../../form';
import { t } from '../../i18n';
import { session, signIn } from '../../stores/session';

/** Takes the place of whatever page was asked for; afterwards that page is there. */
export default function SignIn() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [wait, setWait] = useState(0);
  const form = useForm();
  const current = session.value;
  const expired = current.kind === 'out' && current.expired;

  useEffect(() => {
    document.title = `${t('signIn.title')} · ${t('title')}`;
  }, []);
  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1_000);
    return () => clearTimeout(timer);
  }, [wait]);

  const submit = async (event: Event) => {
    event.preventDefault();
    const missing = {
      ...(!email.trim() && { email: t('field.required') }),
      ...(!password && { password: t('field.required') }),
    };
    if (Object.keys(missing).length) {
      form.refuse(missing);
      return;
    }
    await form.run(() =>
      signIn(email.trim(), password).catch((error) => {
        if (error instanceof ApiError && error.retryAfter) setWait(Math.ceil(error.retryAfter));
        throw error;
      }),
    );
  };

  return (
    <Door title={t('signIn.title')} lead={t('signIn.lead')}>
      {expired && !form.problem && <Notice>{t('signIn.expired')}</Notice>}
      {form.problem && (
        <Notice tone="danger">
          {wait > 0 ? t('signIn.wait', { seconds: wait }) : form.problem}
        </Notice>
      )}
      <form onSubmit={submit} noValidate>
        <TextField
          label={t('field.email')}
          type="email"
          autocomplete="username"
          inputMode="email"
          autocapitalize="off"
          spellcheck={false}
          value={email}
          onValue={setEmail}
          error={form.error('email')}
        />
        <PasswordField
          label={t('field.password')}
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
          error={form.error('password')}
          show={t('password.show')}
          hide={t('password.hide')}
          capsLock={t('password.caps')}
        />
        <Button type="submit" kind="primary" busy={form.busy} disabled={wait > 0}>
          {wait > 0 ? t('signIn.again', { seconds: wait }) : t('signIn.do')}
        </Button>
      </form>
    </Door>
  );
}
