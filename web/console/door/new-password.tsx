import { PasswordField } from '../../ui/field';
import { Icon } from '../../ui/icon';
import { t } from '../i18n';
import { passwordMin, strength } from '../password';

interface NewPasswordProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly error: string | undefined;
}

/** A password being chosen, with how good it is. */
export function NewPassword({ label, value, onValue, error }: NewPasswordProps) {
  const level = strength(value);
  const words = [
    t('password.short', { min: passwordMin }),
    t('password.weak'),
    t('password.good'),
    t('password.strong'),
  ];
  return (
    <div class="new-password">
      <PasswordField
        label={label}
        value={value}
        onValue={onValue}
        error={error}
        autocomplete="new-password"
        required
        maxLength={200}
        show={t('password.show')}
        hide={t('password.hide')}
        capsLock={t('password.caps')}
        hint={t('password.rule', { min: passwordMin })}
      />
      <p class={`strength strength-${value ? level : 'none'}`} aria-live="polite">
        <span class="strength-bar" aria-hidden="true">
          <span />
          <span />
          <span />
        </span>
        {value && words[level]}
        {value && level > 0 && <Icon name="check" size={14} />}
      </p>
    </div>
  );
}
