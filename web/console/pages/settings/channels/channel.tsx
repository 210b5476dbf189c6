import { useEffect, useState } from 'preact/hooks';
import type { Channel } from '../../../../protocol/types';
import { Notice, Skeleton, Tag } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { toast } from '../../../../ui/toast';
import { useForm } from '../../../form';
import { t } from '../../../i18n';
import { atLeast } from '../../../roles';
import { NotFound } from '../../../shell';
import { useDesk } from '../../../stores/desk';
import { useMe } from '../../../stores/me';
import { SettingsLayout } from '../layout';
import { CallsCard } from './calls-card';
import { AbsenceCard, GeneralCard, LookCard, RulesCard } from './cards';
import {
  type ChannelDraft,
  changes,
  type DraftProblem,
  draftOf,
  handbackBounds,
  problems,
} from './edit';
import { HoursCard } from './hours-card';
import { Install } from './install';
import { PrechatCard } from './prechat-card';
import { Preview } from './preview';
import { RatingCard } from './rating-card';

export function ChannelPage({ id }: { id: string }) {
  const { channels } = useDesk();
  const me = useMe();
  const channel = channels.find(id);
  if (!channel && channels.loaded.value) return <NotFound />;
  if (!channel) {
    return (
      <SettingsLayout title={t('settings.channels')}>
        <Skeleton label={t('state.loading')} />
      </SettingsLayout>
    );
  }
  if (atLeast(me.role, 'administrator')) return <Edit channel={channel} />;
  return (
    <SettingsLayout title={channel.name} lead={t('channel.readOnly')}>
      <Install channel={channel} />
    </SettingsLayout>
  );
}

function Edit({ channel }: { channel: Channel }) {
  const { api, channels } = useDesk();
  const form = useForm();
  const [draft, setDraft] = useState(() => draftOf(channel));
  const difference = changes(channel, draft);
  const dirty = Object.keys(difference).length > 0;
  const set = (patch: Partial<ChannelDraft>) => setDraft((held) => ({ ...held, ...patch }));

  // Another administrator saved while nothing was being changed here: show theirs.
  useEffect(() => {
    if (!dirty) setDraft(draftOf(channel));
  }, [channel]);

  const save = async () => {
    const words: Record<DraftProblem, string> = {
      name: t('field.required'),
      colour: t('channel.badColour'),
      origins: t('channel.badOrigins'),
      reopen_hours: t('field.invalid'),
      revise_minutes: t('field.invalid'),
      handback_after_s: t('channel.badHandbackAfter', handbackBounds),
    };
    const wrong = problems(draft);
    if (wrong.length) {
      form.refuse(Object.fromEntries(wrong.map((key) => [key, words[key]])));
      return;
    }
    const done = await form.run(async () => {
      const saved = await api.patch<Channel>(`/channels/${channel.id}`, difference);
      channels.put(saved);
      setDraft(draftOf(saved));
    });
    if (done) toast(t('state.saved'));
  };

  return (
    <SettingsLayout
      title={channel.name}
      wide
      actions={!channel.active && <Tag tone="danger">{t('channel.inactive')}</Tag>}
    >
      <div class="channel-edit">
        <div class="channel-forms">
          {form.problem && <Notice tone="danger">{form.problem}</Notice>}
          <Install channel={channel} />
          <GeneralCard draft={draft} set={set} form={form} />
          <LookCard draft={draft} set={set} form={form} />
          <HoursCard draft={draft} set={set} form={form} />
          <PrechatCard draft={draft} set={set} form={form} />
          <RulesCard draft={draft} set={set} form={form} />
          <AbsenceCard draft={draft} set={set} form={form} />
          <RatingCard draft={draft} set={set} form={form} />
          <CallsCard draft={draft} set={set} form={form} />
          {dirty && (
            <div class="savebar" role="status">
              {t('state.unsaved')}
              <div>
                <Button kind="quiet" onClick={() => setDraft(draftOf(channel))}>
                  {t('action.discard')}
                </Button>
                <Button kind="primary" busy={form.busy} onClick={save}>
                  {t('action.save')}
                </Button>
              </div>
            </div>
          )}
        </div>
        <Preview draft={draft} />
      </div>
    </SettingsLayout>
  );
}
