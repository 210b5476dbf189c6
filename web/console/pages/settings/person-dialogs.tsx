import { useState } from 'preact/hooks';
import type { Role, User } from '../../../protocol/types';
import { CopyBox, Notice } from '../../../ui/bits';
import { Button } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { SelectField, TextField } from '../../../ui/field';
import { toast } from '../../../ui/toast';
import { NewPassword } from '../../door/new-password';
import { type Form, useForm } from '../../form';
import { t } from '../../i18n';
import { generatePassword, passwordMin } from '../../password';
import { useDesk } from '../../stores/desk';
import { useMe } from '../../stores/me';
import { roleText } from './people';

const fresh = (): string => generatePassword((bytes) => crypto.getRandomValues(bytes));

/** Only an owner makes owners. */
function useRoles(): [Role, string][] {
  const me = useMe();
  const roles: Role[] = ['agent', 'supervisor', 'administrator'];
  if (me.role === 'owner') roles.push('owner');
  return roles.map((role) => [role, roleText(role)]);
}

const roleHint = (role: Role): string =>
  ({
    owner: t('role.ownerHint'),
    administrator: t('role.administratorHint'),
    supervisor: t('role.supervisorHint'),
    agent: t('role.agentHint'),
  })[role];

interface PersonFormProps {
  readonly form: Form;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly onChange: (patch: { name?: string; email?: string; role?: Role }) => void;
}

function PersonFields({ form, name, email, role, onChange }: PersonFormProps) {
  const roles = useRoles();
  return (
    <>
      <TextField
        label={t('field.name')}
        autocomplete="off"
        maxLength={100}
        value={name}
        onValue={(value) => onChange({ name: value })}
        error={form.error('name')}
      />
      <TextField
        label={t('field.email')}
        type="email"
        autocomplete="off"
        maxLength={254}
        value={email}
        onValue={(value) => onChange({ email: value })}
        error={form.error('email')}
      />
      <SelectField
        label={t('people.role')}
        hint={roleHint(role)}
        value={role}
        options={roles}
        onValue={(value) => onChange({ role: value as Role })}
        error={form.error('role')}
      />
    </>
  );
}

function missing(person: { name: string; email: string }): Record<string, string> {
  return {
    ...(!person.name.trim() && { name: t('field.required') }),
    ...(!/^\S+@\S+$/.test(person.email.trim()) && { email: t('field.invalidEmail') }),
  };
}

export function AddPerson({ onClose }: { onClose: () => void }) {
  const { api, people } = useDesk();
  const form = useForm();
  const [person, setPerson] = useState({ name: '', email: '', role: 'agent' as Role });
  const [password, setPassword] = useState(fresh);
  const [made, setMade] = useState<User>();
  const submit = async (event?: Event) => {
    event?.preventDefault();
    const found = {
      ...missing(person),
      ...([...password].length < passwordMin && {
        password: t('password.short', { min: passwordMin }),
      }),
    };
    if (Object.keys(found).length) {
      form.refuse(found);
      return;
    }
    await form.run(async () => {
      const user = await api.post<User>('/users', {
        ...person,
        name: person.name.trim(),
        email: person.email.trim(),
        password,
      });
      people.put(user);
      setMade(user);
    });
  };
  if (made)
    return (
      <Handover
        title={t('people.added', { name: made.name })}
        email={made.email}
        password={password}
        onClose={onClose}
      />
    );
  return (
    <Dialog
      title={t('people.add')}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={() => submit()}>
            {t('people.add')}
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      <PersonFields
        form={form}
        {...person}
        onChange={(patch) => setPerson({ ...person, ...patch })}
      />
      <FirstPassword password={password} onPassword={setPassword} error={form.error('password')} />
    </Dialog>
  );
}

interface FirstPasswordProps {
  readonly password: string;
  readonly onPassword: (password: string) => void;
  readonly error: string | undefined;
}

function FirstPassword({ password, onPassword, error }: FirstPasswordProps) {
  return (
    <div>
      <NewPassword
        label={t('field.password')}
        value={password}
        onValue={onPassword}
        error={error}
      />
      <Button small kind="quiet" icon="retry" onClick={() => onPassword(fresh())}>
        {t('people.generate')}
      </Button>
    </div>
  );
}

interface HandoverProps {
  readonly title: string;
  readonly email: string;
  readonly password: string;
  readonly onClose: () => void;
}

/** The only moment the password can be read. */
function Handover({ title, email, password, onClose }: HandoverProps) {
  const text = { label: t('action.copy'), copied: t('action.copied') };
  return (
    <Dialog
      title={title}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <Button kind="primary" onClick={onClose}>
          {t('action.done')}
        </Button>
      }
    >
      <Notice tone="warn">{t('people.once')}</Notice>
      <CopyBox text={email} name={t('field.email')} {...text} />
      <CopyBox text={password} name={t('field.password')} {...text} />
    </Dialog>
  );
}

export function EditPerson({ user, onClose }: { user: User; onClose: () => void }) {
  const { api, people, me } = useDesk();
  const form = useForm();
  const [person, setPerson] = useState({ name: user.name, email: user.email, role: user.role });
  const submit = async () => {
    const found = missing(person);
    if (Object.keys(found).length) {
      form.refuse(found);
      return;
    }
    const done = await form.run(async () =>
      people.put(
        await api.patch<User>(`/users/${user.id}`, {
          name: person.name.trim(),
          email: person.email.trim(),
          ...(person.role !== user.role && { role: person.role }),
        }),
      ),
    );
    if (!done) return;
    toast(t('state.saved'));
    onClose();
  };
  return (
    <Dialog
      title={t('people.editTitle', { name: user.name })}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={submit}>
            {t('action.save')}
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      {user.id === me && person.role !== user.role && (
        <Notice tone="warn">{t('people.ownRole')}</Notice>
      )}
      <PersonFields
        form={form}
        {...person}
        onChange={(patch) => setPerson({ ...person, ...patch })}
      />
    </Dialog>
  );
}

export function ResetPassword({ user, onClose }: { user: User; onClose: () => void }) {
  const { api } = useDesk();
  const form = useForm();
  const [password, setPassword] = useState(fresh);
  const [done, setDone] = useState(false);
  const submit = async () => {
    if ([...password].length < passwordMin) {
      form.refuse({ new: t('password.short', { min: passwordMin }) });
      return;
    }
    setDone(await form.run(() => api.post(`/users/${user.id}/password`, { new: password })));
  };
  const title = t('people.resetTitle', { name: user.name });
  if (done)
    return <Handover title={title} email={user.email} password={password} onClose={onClose} />;
  return (
    <Dialog
      title={title}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={submit}>
            {t('people.reset')}
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="danger">{form.problem}</Notice>}
      <p>{t('people.resetText', { name: user.name })}</p>
      <FirstPassword password={password} onPassword={setPassword} error={form.error('new')} />
    </Dialog>
  );
}
