import { useEffect, useState } from 'preact/hooks';
import type { AlertRule } from '../../../../protocol/status';
import { Notice, Skeleton, Tag } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { Dialog } from '../../../../ui/dialog';
import { Switch, TextField } from '../../../../ui/field';
import { toast } from '../../../../ui/toast';
import { alertText, amount } from '../../../alert-words';
import { useForm } from '../../../form';
import { measure } from '../../../format';
import { t } from '../../../i18n';
import { api } from '../../../stores/session';
import { sentence } from '../../../stores/words';
import { Severity } from './alerts';

interface RuleList {
  readonly items: readonly AlertRule[];
}

const condition = (rule: AlertRule): string => {
  const parts = [];
  if (rule.unit !== 'yes') {
    const threshold = amount(rule.threshold, rule.unit);
    parts.push(
      rule.bad === 'above' ? t('alert.above', { threshold }) : t('alert.below', { threshold }),
    );
  }
  parts.push(
    rule.for_seconds > 0
      ? t('alert.for', { time: measure(rule.for_seconds, 'second') })
      : t('alert.atOnce'),
  );
  return parts.join(' · ');
};

export function Rules() {
  const [items, setItems] = useState<readonly AlertRule[]>();
  const [failed, setFailed] = useState<unknown>();
  const [editing, setEditing] = useState<AlertRule>();
  useEffect(() => {
    api.get<RuleList>('/alert-rules').then((list) => setItems(list.items), setFailed);
  }, []);
  if (failed !== undefined) return <Notice tone="danger">{sentence(failed)}</Notice>;
  if (!items) return <Skeleton rows={5} label={t('state.loading')} />;
  return (
    <>
      <ul class="things">
        {items.map((rule) => (
          <li key={rule.id} class={`thing ${rule.enabled ? '' : 'thing-off'}`}>
            <div class="thing-body">
              <p class="thing-name">
                {alertText(rule.id, rule.text)}
                <Severity severity={rule.severity} />
                {!rule.enabled && <Tag>{t('alert.off')}</Tag>}
              </p>
              <p class="thing-more alert-more">{condition(rule)}</p>
            </div>
            <Button
              small
              kind="quiet"
              aria-label={t('alert.change', { rule: alertText(rule.id, rule.text) })}
              onClick={() => setEditing(rule)}
            >
              {t('alert.edit')}
            </Button>
          </li>
        ))}
      </ul>
      {editing && (
        <EditRule rule={editing} onClose={() => setEditing(undefined)} onSaved={setItems} />
      )}
    </>
  );
}

interface EditProps {
  readonly rule: AlertRule;
  readonly onClose: () => void;
  readonly onSaved: (items: readonly AlertRule[]) => void;
}

const unitText = (rule: AlertRule): string => {
  switch (rule.unit) {
    case 'percent':
      return t('alert.unitPercent');
    case 'days':
      return t('alert.unitDays');
    case 'ms':
      return t('alert.unitMs');
    case 's':
      return t('alert.unitSeconds');
    case 'per_minute':
      return t('alert.unitPerMinute');
    default:
      return t('alert.unitTimes');
  }
};

function EditRule({ rule, onClose, onSaved }: EditProps) {
  const form = useForm();
  const [enabled, setEnabled] = useState(rule.enabled);
  const [threshold, setThreshold] = useState(String(rule.threshold));
  const [seconds, setSeconds] = useState(String(rule.for_seconds));
  const save = async (event?: Event) => {
    event?.preventDefault();
    const number = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
    const wrong = {
      ...(!(number(threshold) >= 0) && { threshold: t('field.invalid') }),
      ...(!/^\d+$/.test(seconds.trim()) && { for_seconds: t('field.invalid') }),
    };
    if (Object.keys(wrong).length) return form.refuse(wrong);
    const done = await form.run(async () => {
      const change = { enabled, threshold: number(threshold), for_seconds: number(seconds) };
      onSaved((await api.patch<RuleList>(`/alert-rules/${rule.id}`, change)).items);
    });
    if (!done) return;
    toast(t('state.saved'));
    onClose();
  };
  return (
    <Dialog
      title={alertText(rule.id, rule.text)}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={() => save()}>
            {t('action.save')}
          </Button>
        </>
      }
    >
      <form class="rule-form" onSubmit={save} noValidate>
        {form.problem && <Notice tone="danger">{form.problem}</Notice>}
        <Switch label={t('alert.on')} checked={enabled} onChange={setEnabled} />
        {rule.unit !== 'yes' && (
          <TextField
            label={`${rule.bad === 'above' ? t('alert.ifAbove') : t('alert.ifBelow')} (${unitText(rule)})`}
            inputMode="decimal"
            hint={t('alert.usually', { value: String(rule.default_threshold) })}
            value={threshold}
            onValue={setThreshold}
            error={form.error('threshold')}
          />
        )}
        <TextField
          label={t('alert.seconds')}
          inputMode="numeric"
          hint={t('alert.usually', { value: String(rule.default_for_seconds) })}
          value={seconds}
          onValue={setSeconds}
          error={form.error('for_seconds')}
        />
        {/* The buttons stand outside; without one inside, Enter does nothing in a form of two fields. */}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
