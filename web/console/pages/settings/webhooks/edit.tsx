import { useState } from 'preact/hooks';
import type { CreatedWebhook, EventWebhook } from '../../../../protocol/webhooks';
import { CopyBox, Notice } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { Dialog } from '../../../../ui/dialog';
import { TextField } from '../../../../ui/field';
import { useForm } from '../../../form';
import { t } from '../../../i18n';
import { useDesk } from '../../../stores/desk';
import { api } from '../../../stores/session';
import { kinds, kindText } from './kinds';

interface EditProps {
  /** None: a new one. */
  readonly webhook?: EventWebhook;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function EditWebhook({ webhook, onClose, onDone }: EditProps) {
  const form = useForm();
  const { channels } = useDesk();
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [wanted, setWanted] = useState<readonly string[]>(webhook?.kinds ?? []);
  const [of, setOf] = useState<readonly string[]>(webhook?.channels ?? []);
  const [secret, setSecret] = useState<string>();
  const save = async (event?: Event) => {
    event?.preventDefault();
    const body = { url: url.trim(), kinds: wanted, channels: of };
    if (!body.url) return form.refuse({ url: t('field.required') });
    const done = await form.run(async () => {
      if (webhook) await api.patch(`/webhooks/${webhook.id}`, body);
      else setSecret((await api.post<CreatedWebhook>('/webhooks', body)).secret);
      onDone();
    });
    if (done && webhook) onClose();
  };
  if (secret) return <Secret secret={secret} onClose={onClose} />;
  const title = webhook ? t('hooks.edit') : t('hooks.add');
  return (
    <Dialog
      title={title}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={() => save()}>
            {webhook ? t('action.save') : t('hooks.add')}
          </Button>
        </>
      }
    >
      <form class="hook-form" onSubmit={save} noValidate>
        {form.problem && <Notice tone="danger">{form.problem}</Notice>}
        <TextField
          label={t('alert.url')}
          type="url"
          hint={t('hooks.urlHint')}
          placeholder="https://crm.example/parlor"
          value={url}
          onValue={setUrl}
          error={form.error('url')}
        />
        <Choice
          legend={t('hooks.kinds')}
          all={t('hooks.allKinds')}
          options={kinds.map((kind) => [kind, kindText(kind)])}
          chosen={wanted}
          onChosen={setWanted}
        />
        <Choice
          legend={t('hooks.channels')}
          all={t('hooks.allChannels')}
          options={channels.list.value.map(({ id, name }) => [id, name])}
          chosen={of}
          onChosen={setOf}
        />
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  readonly legend: string;
  /** What none of them means. */
  readonly all: string;
  readonly options: readonly (readonly [id: string, text: string])[];
  readonly chosen: readonly string[];
  readonly onChosen: (chosen: readonly string[]) => void;
}

function Choice({ legend, all, options, chosen, onChosen }: ChoiceProps) {
  const toggle = (id: string, checked: boolean) =>
    onChosen(checked ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <fieldset class="hook-choice">
      <legend class="field-label">{legend}</legend>
      <div class="members">
        {options.map(([id, text]) => (
          <label key={id} class="member">
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={(event) => toggle(id, event.currentTarget.checked)}
            />
            {text}
          </label>
        ))}
      </div>
      <p class="field-hint">{chosen.length === 0 ? all : t('hooks.onlyThese')}</p>
    </fieldset>
  );
}

/** Shown this once. */
export function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog
      title={t('alert.secret')}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <Button kind="primary" onClick={onClose}>
          {t('action.done')}
        </Button>
      }
    >
      <div class="hook-form">
        <Notice tone="warn">{t('alert.secretOnce')}</Notice>
        <CopyBox
          text={secret}
          name={t('alert.secret')}
          label={t('action.copy')}
          copied={t('action.copied')}
        />
      </div>
    </Dialog>
  );
}
