import './replies.css';
import { useRef, useState } from 'preact/hooks';
import type { QuickReply } from '../../protocol/types';
import { Notice } from '../../ui/bits';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, RadioGroup, TextField } from '../../ui/field';
import { toast } from '../../ui/toast';
import { useForm } from '../form';
import { t } from '../i18n';
import { atLeast } from '../roles';
import { useDesk } from '../stores/desk';
import { useMe } from '../stores/me';
import type { ReplyContent } from '../stores/replies';
import { variables } from './fill';

interface EditReplyProps {
  /** Undefined: a new one. */
  readonly reply?: QuickReply | undefined;
  readonly start?: Partial<ReplyContent> & { readonly scope?: QuickReply['scope'] };
  readonly onClose: () => void;
}

const none: ReplyContent = { folder: '', title: '', shortcut: '', text: '' };

export default function EditReply({ reply, start, onClose }: EditReplyProps) {
  const me = useMe();
  const { replies } = useDesk();
  const form = useForm();
  const [scope, setScope] = useState<QuickReply['scope']>(
    reply?.scope ?? start?.scope ?? 'personal',
  );
  const [content, setContent] = useState<ReplyContent>({ ...none, ...start, ...reply });
  const text = useRef<HTMLTextAreaElement>(null);
  const set = (part: Partial<ReplyContent>) => setContent({ ...content, ...part });
  const folders = new Set((replies.list.value ?? []).map(({ folder }) => folder).filter(Boolean));

  const addVariable = (name: string) => {
    const box = text.current;
    if (!box) return;
    box.setRangeText(`{{${name}}}`, box.selectionStart, box.selectionEnd, 'end');
    set({ text: box.value });
    box.focus();
  };
  const example = `{{customer.name|${t('replies.someone')}}}`;
  const submit = async (event?: Event) => {
    event?.preventDefault();
    const missing = {
      ...(!content.title.trim() && { title: t('field.required') }),
      ...(!content.text.trim() && { text: t('field.required') }),
    };
    if (Object.keys(missing).length) {
      form.refuse(missing);
      return;
    }
    const { folder, title, shortcut, text: words } = content;
    const wanted = { folder, title, shortcut, text: words };
    const saved = await form.run(() =>
      reply ? replies.change(reply.id, wanted) : replies.create(scope, wanted),
    );
    if (!saved) return;
    toast(t('replies.saved'));
    onClose();
  };

  return (
    <Dialog
      title={reply ? t('replies.edit') : t('replies.create')}
      close={t('action.close')}
      onClose={onClose}
      wide
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={() => submit()}>
            {t('action.save')}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} noValidate>
        {form.problem && <Notice tone="danger">{form.problem}</Notice>}
        {!reply && atLeast(me.role, 'supervisor') && (
          <RadioGroup
            label={t('replies.for')}
            value={scope}
            onValue={setScope}
            options={[
              ['personal', t('replies.forMe')],
              ['shared', t('replies.forAll')],
            ]}
          />
        )}
        <TextField
          label={t('replies.title')}
          maxLength={80}
          value={content.title}
          onValue={(title) => set({ title })}
          error={form.error('title')}
        />
        <Field
          label={t('replies.text')}
          error={form.error('text')}
          hint={t('replies.textHint', { example })}
        >
          {(tied) => (
            <textarea
              ref={text}
              class="input textarea"
              dir="auto"
              rows={6}
              {...tied}
              value={content.text}
              onInput={(event) => set({ text: event.currentTarget.value })}
            />
          )}
        </Field>
        <fieldset class="reply-variables">
          <legend class="visually-hidden">{t('replies.variables')}</legend>
          {variables.map((name) => (
            <button
              key={name}
              type="button"
              class="reply-variable"
              onClick={() => addVariable(name)}
            >
              {`{{${name}}}`}
            </button>
          ))}
        </fieldset>
        <div class="reply-pair">
          <TextField
            label={t('replies.shortcut')}
            hint={t('replies.shortcutHint')}
            maxLength={40}
            autocapitalize="off"
            spellcheck={false}
            value={content.shortcut}
            onValue={(shortcut) => set({ shortcut })}
            error={form.error('shortcut')}
          />
          <Field
            label={t('replies.folder')}
            hint={t('replies.folderHint')}
            error={form.error('folder')}
          >
            {(tied) => (
              <input
                type="text"
                class="input"
                {...tied}
                maxLength={160}
                list="reply-folders"
                value={content.folder}
                onInput={(event) => set({ folder: event.currentTarget.value })}
              />
            )}
          </Field>
          <datalist id="reply-folders">
            {[...folders].map((folder) => (
              <option key={folder} value={folder} />
            ))}
          </datalist>
        </div>
      </form>
    </Dialog>
  );
}
