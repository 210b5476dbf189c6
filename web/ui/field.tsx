import './field.css';
import type { ComponentChildren, PartialInputHTMLAttributes } from 'preact';
import { useId, useState } from 'preact/hooks';
import { IconButton } from './button';

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly optional?: string;
  readonly children: (attributes: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean;
  }) => ComponentChildren;
}

/** A label, a control and what is wrong with it, tied together for a screen reader. */
export function Field({ label, hint, error, optional, children }: FieldProps) {
  const id = useId();
  const described = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
        {optional && <span class="field-optional"> · {optional}</span>}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': Boolean(error) })}
      {error ? (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      ) : (
        hint && (
          <p class="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

type Input = Omit<
  PartialInputHTMLAttributes<HTMLInputElement>,
  'value' | 'onInput' | 'label' | 'role' | 'type'
> & { readonly type?: 'text' | 'email' | 'tel' | 'url' | 'number' | 'datetime-local' };

interface TextFieldProps extends Input {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly optional?: string;
}

export function TextField(props: TextFieldProps) {
  const { label, value, onValue, hint, error, optional, ...rest } = props;
  return (
    <Field label={label} hint={hint} error={error} {...(optional ? { optional } : {})}>
      {(tied) => (
        <input
          type="text"
          class="input"
          // Preact ties the roles an input may have to its type: one of them stands for all.
          {...(rest as Omit<typeof rest, 'type'> & { readonly type?: 'text' })}
          {...tied}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface PasswordFieldProps extends Omit<TextFieldProps, 'type' | 'optional'> {
  readonly show: string;
  readonly hide: string;
  readonly capsLock: string;
}

export function PasswordField(props: PasswordFieldProps) {
  const { label, value, onValue, hint, error, show, hide, capsLock, ...rest } = props;
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  const watchCaps = (event: KeyboardEvent) =>
    setCaps(event.getModifierState?.('CapsLock') ?? false);
  return (
    <Field label={label} hint={caps ? capsLock : hint} error={error}>
      {(tied) => (
        <span class="password">
          <input
            class="input"
            {...rest}
            {...tied}
            {...(shown ? { type: 'text' as const } : { type: 'password' as const })}
            value={value}
            spellcheck={false}
            autocapitalize="off"
            onInput={(event) => onValue(event.currentTarget.value)}
            onKeyDown={watchCaps}
            onKeyUp={watchCaps}
            onBlur={() => setCaps(false)}
          />
          <IconButton
            class="password-eye"
            icon={shown ? 'eyeOff' : 'eye'}
            label={shown ? hide : show}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          />
        </span>
      )}
    </Field>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly disabled?: boolean;
}

export function SelectField(props: SelectFieldProps) {
  const { label, value, onValue, options, hint, error, disabled } = props;
  return (
    <Field label={label} hint={hint} error={error}>
      {(tied) => (
        <select
          class="input select"
          {...tied}
          disabled={disabled ?? false}
          value={value}
          onChange={(event) => onValue(event.currentTarget.value)}
        >
          {options.map(([option, text]) => (
            <option key={option} value={option} selected={option === value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface TextAreaFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly rows?: number;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly maxLength?: number;
}

export function TextAreaField(props: TextAreaFieldProps) {
  const { label, value, onValue, rows = 3, hint, error, placeholder, maxLength } = props;
  return (
    <Field label={label} hint={hint} error={error}>
      {(tied) => (
        <textarea
          class="input textarea"
          {...tied}
          rows={rows}
          {...(placeholder ? { placeholder } : {})}
          {...(maxLength ? { maxLength } : {})}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Switch({ label, hint, checked, disabled, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <input
        id={id}
        type="checkbox"
        role="switch"
        class="switch-input"
        checked={checked}
        aria-checked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        disabled={disabled ?? false}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {hint && (
          <p class="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

interface RadioGroupProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly onValue: (value: T) => void;
  readonly options: readonly (readonly [value: T, label: string])[];
}

/** A few choices side by side. */
export function RadioGroup<T extends string>(props: RadioGroupProps<T>) {
  const { label, value, onValue, options } = props;
  const name = useId();
  return (
    <fieldset class="radios">
      <legend class="field-label">{label}</legend>
      <div class="radios-row">
        {options.map(([option, text]) => (
          <label key={option} class="radio">
            <input
              type="radio"
              name={name}
              value={option}
              checked={option === value}
              onChange={() => onValue(option)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
