import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../../../core/api';
import type { Channel, Me } from '../../../protocol/types';
import { CopyBox, Notice, Spinner } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { TextField } from '../../../ui/field';
import { Icon } from '../../../ui/icon';
import { Door } from '../../door/door';
import { NewPassword } from '../../door/new-password';
import { useForm } from '../../form';
import { locale, t } from '../../i18n';
import { passwordMin } from '../../password';
import { address, navigate } from '../../router';
import { snippet } from '../../snippet';
import { api, enter } from '../../stores/session';
import { home } from '..';

type Needed = 'asking' | 'yes' | 'no';

export default function Setup() {
  const [needed, setNeeded] = useState<Needed>('asking');
  const [made, setMade] = useState<{ me: Me; channel: Channel }>();
  const [rejected, setRejected] = useState(false);
  const secret = address.value.hash;

  useEffect(() => {
    document.title = `${t('setup.title')} · ${t('title')}`;
    api.get<{ needed: boolean }>('/setup').then(
      (answer) => setNeeded(answer.needed ? 'yes' : 'no'),
      // Then the form's own request says what is wrong.
      () => setNeeded('yes'),
    );
  }, []);
  useEffect(() => setRejected(false), [secret]);

  if (made) return <Done {...made} />;
  if (needed === 'asking') {
    return (
      <Door title={t('setup.title')}>
        <Spinner label={t('state.loading')} />
      </Door>
    );
  }
  if (needed === 'no') return <AlreadyDone />;
  if (!secret || rejected) return <NoSecret wrong={rejected} />;
  return (
    <SetupForm
      secret={secret}
      onMade={setMade}
      onRejected={(code) => (code === 'setup.done' ? setNeeded('no') : setRejected(true))}
    />
  );
}

function AlreadyDone() {
  return (
    <Door title={t('setup.doneTitle')} lead={t('setup.done')}>
      <Button kind="primary" onClick={() => navigate('/')}>
        {t('signIn.do')}
      </Button>
    </Door>
  );
}

/** Whoever sits at the server can get a link; nobody else should. */
function NoSecret({ wrong }: { wrong: boolean }) {
  return (
    <Door title={t('setup.title')} lead={wrong ? t('setup.badLink') : t('setup.noLink')}>
      <ol class="door-steps">
        <li>{t('setup.step1')}</li>
        <li>
          {t('setup.step2')} <code>parlor serve</code>
        </li>
        <li>{t('setup.step3')}</li>
      </ol>
    </Door>
  );
}

interface SetupFormProps {
  readonly secret: string;
  readonly onMade: (made: { me: Me; channel: Channel }) => void;
  readonly onRejected: (code: string) => void;
}

function SetupForm({ secret, onMade, onRejected }: SetupFormProps) {
  const form = useForm();
  const [organisation, setOrganisation] = useState('');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [channel, setChannel] = useState(t('setup.channelDefault'));

  const submit = async (event: Event) => {
    event.preventDefault();
    const empty = (value: string) => (value.trim() ? undefined : t('field.required'));
    const found = Object.entries({
      organisation: empty(organisation),
      'admin.name': empty(name),
      'admin.email':
        empty(email) ?? (/^\S+@\S+$/.test(email.trim()) ? undefined : t('field.invalidEmail')),
      'admin.password':
        [...password].length < passwordMin ? t('password.short', { min: passwordMin }) : undefined,
      'channel.name': empty(channel),
    }).flatMap(([field, problem]) => (problem ? [[field, problem] as const] : []));
    if (found.length) {
      form.refuse(Object.fromEntries(found));
      return;
    }
    await form.run(async () => {
      try {
        onMade(
          await api.post('/setup', {
            secret,
            organisation: organisation.trim(),
            admin: { name: name.trim(), email: email.trim(), password },
            channel: { name: channel.trim() },
            locale: locale(),
          }),
        );
      } catch (error) {
        const code = error instanceof ApiError ? error.code : '';
        if (/^setup\.(wrong_secret|done)$/.test(code)) onRejected(code);
        throw error;
      }
    });
  };

  return (
    <Door title={t('setup.title')} lead={t('setup.lead')}>
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      <form onSubmit={submit} noValidate>
        <TextField
          label={t('setup.organisation')}
          autocomplete="organization"
          maxLength={100}
          value={organisation}
          onValue={setOrganisation}
          error={form.error('organisation')}
        />
        <TextField
          label={t('setup.name')}
          autocomplete="name"
          maxLength={100}
          value={name}
          onValue={setName}
          error={form.error('admin.name')}
        />
        <TextField
          label={t('field.email')}
          type="email"
          autocomplete="username"
          autocapitalize="off"
          spellcheck={false}
          value={email}
          onValue={setEmail}
          error={form.error('admin.email')}
        />
        <NewPassword
          label={t('field.password')}
          value={password}
          onValue={setPassword}
          error={form.error('admin.password')}
        />
        <TextField
          label={t('setup.channel')}
          hint={t('setup.channelHint')}
          maxLength={100}
          value={channel}
          onValue={setChannel}
          error={form.error('channel.name')}
        />
        <Button type="submit" kind="primary" busy={form.busy}>
          {t('setup.do')}
        </Button>
      </form>
    </Door>
  );
}

function Done({ me, channel }: { me: Me; channel: Channel }) {
  return (
    <Door title={t('setup.readyTitle')} lead={t('setup.ready')}>
      <CopyBox
        text={snippet(channel.key)}
        name={t('channel.snippet')}
        label={t('action.copy')}
        copied={t('action.copied')}
      />
      <p class="door-lead">{t('setup.snippetHint')}</p>
      <div class="door-actions">
        <Button
          kind="primary"
          onClick={() => {
            enter(me);
            navigate(home, { replace: true });
          }}
        >
          {t('action.toInbox')}
        </Button>
        <a
          class="button button-secondary"
          href={`/try?channel=${channel.key}`}
          target="_blank"
          rel="noopener"
        >
          <Icon name="external" />
          {t('channel.try')}
        </a>
      </div>
    </Door>
  );
}
