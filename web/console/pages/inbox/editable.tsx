import '../../../ui/field.css';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from '../../../ui/icon';
import { toast } from '../../../ui/toast';
import { t } from '../../i18n';
import { sentence } from '../../stores/words';

interface EditableProps {
  readonly label: string;
  readonly icon: IconName;
  readonly value: string | null;
  readonly multiline?: boolean;
  readonly onSave: (value: string) => Promise<void>;
}

/** Reads like text, becomes a field when clicked; Enter or leaving it saves, Escape does not. */
export function Editable({ label, icon, value, multiline, onSave }: EditableProps) {
  const [draft, setDraft] = useState<string>();
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const editing = draft !== undefined;
  // The field that goes away loses the focus too: that must not save a second time.
  const settled = useRef(true);
  useLayoutEffect(() => {
    if (editing) input.current?.focus();
  }, [editing]);

  const finish = async (save: boolean) => {
    if (settled.current) return;
    settled.current = true;
    const next = draft?.trim() ?? '';
    setDraft(undefined);
    if (!save || next === (value ?? '')) return;
    try {
      await onSave(next);
    } catch (error) {
      settled.current = false;
      setDraft(next);
      toast(sentence(error), { kind: 'error' });
    }
  };

  const tied = {
    class: `input editable-input ${multiline ? 'textarea' : ''}`,
    'aria-label': label,
    value: draft ?? '',
    onInput: (event: { currentTarget: { value: string } }) => setDraft(event.currentTarget.value),
    onBlur: () => finish(true),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.isComposing) return;
      const enter = event.key === 'Enter' && !(multiline && event.shiftKey);
      if (!enter && event.key !== 'Escape') return;
      event.preventDefault();
      finish(enter);
      setTimeout(() => button.current?.focus());
    },
  };

  if (editing) {
    return multiline ? (
      <textarea ref={input} rows={3} {...tied} />
    ) : (
      <input ref={input} {...tied} />
    );
  }
  return (
    <button
      ref={button}
      type="button"
      class="editable"
      aria-label={t('panel.edit', { field: label, value: value || t('panel.empty') })}
      title={label}
      onClick={() => {
        settled.current = false;
        setDraft(value ?? '');
      }}
    >
      <Icon name={icon} size={14} />
      <span class={value ? 'editable-value' : 'editable-none'}>{value || label}</span>
      <Icon name="edit" size={12} />
    </button>
  );
}
