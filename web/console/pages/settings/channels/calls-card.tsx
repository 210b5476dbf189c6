import type { CallSettings } from '../../../../protocol/calls';
import { RadioGroup, SelectField, Switch, TextAreaField } from '../../../../ui/field';
import { t } from '../../../i18n';
import { Card } from '../layout';
import type { CardProps } from './cards';

export function CallsCard({ draft, set, form }: CardProps) {
  const { calls } = draft;
  const change = (patch: Partial<CallSettings>) => set({ calls: { ...calls, ...patch } });
  const recorded = calls.recording !== 'off';
  return (
    <Card title={t('calls.title')} lead={t('calls.lead')}>
      <Switch
        label={t('calls.enabled')}
        hint={t('calls.enabledHint')}
        checked={calls.enabled}
        onChange={(enabled) => change({ enabled })}
      />
      {calls.enabled && (
        <>
          <Switch
            label={t('calls.visitors')}
            hint={t('calls.visitorsHint')}
            checked={calls.visitors_may_ask}
            onChange={(visitors_may_ask) => change({ visitors_may_ask })}
          />
          <Switch
            label={t('calls.video')}
            hint={t('calls.videoHint')}
            checked={calls.video}
            onChange={(video) => change({ video })}
          />
          <Switch
            label={t('calls.announce')}
            hint={t('calls.announceHint')}
            checked={calls.announce_listeners}
            onChange={(announce_listeners) => change({ announce_listeners })}
          />
          <SelectField
            label={t('calls.recording')}
            hint={t('calls.recordingHint')}
            value={calls.recording}
            onValue={(recording) => change({ recording: recording as CallSettings['recording'] })}
            options={[
              ['off', t('calls.recordingOff')],
              ['on_request', t('calls.recordingRequest')],
              ['always', t('calls.recordingAlways')],
            ]}
          />
          {recorded && (
            <>
              <RadioGroup
                label={t('calls.consent')}
                value={calls.consent}
                onValue={(consent) => change({ consent })}
                options={[
                  ['notice', t('calls.consentNotice')],
                  ['ask', t('calls.consentAsk')],
                ]}
              />
              <TextAreaField
                label={t('calls.consentText')}
                hint={t('calls.consentTextHint')}
                maxLength={500}
                value={calls.consent_text}
                onValue={(consent_text) => change({ consent_text })}
                error={
                  form.error('settings.calls.consent_text') ?? form.error('calls.consent_text')
                }
              />
              <Switch
                label={t('calls.replay')}
                hint={t('calls.replayHint')}
                checked={calls.agents_may_replay}
                onChange={(agents_may_replay) => change({ agents_may_replay })}
              />
            </>
          )}
        </>
      )}
    </Card>
  );
}
