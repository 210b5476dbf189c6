import { useState } from 'preact/hooks';
import type { Channel } from '../../../../protocol/types';
import { Empty, Notice, Skeleton, Tag } from '../../../../ui/bits';
import { Button } from '../../../../ui/button';
import { Dialog } from '../../../../ui/dialog';
import { TextField } from '../../../../ui/field';
import { Icon } from '../../../../ui/icon';
import { useForm } from '../../../form';
import { t } from '../../../i18n';
import { atLeast } from '../../../roles';
import { navigate } from '../../../router';
import { useDesk } from '../../../stores/desk';
import { useMe } from '../../../stores/me';
import type { PageProps } from '../..';
import { SettingsLayout } from '../layout';
import { ChannelPage } from './channel';

export default function Channels({ params }: PageProps) {
  return params.id ? <ChannelPage key={params.id} id={params.id} /> : <ChannelList />;
}

function ChannelList() {
  const me = useMe();
  const { channels, people } = useDesk();
  const [creating, setCreating] = useState(false);
  const mayChange = atLeast(me.role, 'administrator');
  const items = channels.list.value;
  const active = people.list.value.filter((user) => user.active).length;
  return (
    <SettingsLayout
      title={t('settings.channels')}
      lead={t('channels.lead')}
      actions={
        mayChange && (
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            {t('channels.create')}
          </Button>
        )
      }
    >
      {!channels.loaded.value && <Skeleton rows={2} label={t('state.loading')} />}
      {channels.loaded.value && items.length === 0 && (
        <Empty icon="channel" title={t('channels.none')}>
          <p>{t('channels.noneText')}</p>
        </Empty>
      )}
      {items.length > 0 && (
        <ul class="things">
          {items.map((channel) => (
            <li key={channel.id} class={`thing ${channel.active ? '' : 'thing-off'}`}>
              <Icon name="globe" size={18} />
              <div class="thing-body">
                <p class="thing-name">
                  <a href={`/settings/channels/${channel.id}`}>{channel.name}</a>
                  {!channel.active && <Tag tone="danger">{t('channel.inactive')}</Tag>}
                </p>
                <p class="thing-more">
                  {channel.everyone
                    ? t('channel.everyoneCan', { count: active })
                    : t('channel.membersCan', { count: channel.members.length })}
                </p>
              </div>
              <a class="button button-quiet button-small" href={`/settings/channels/${channel.id}`}>
                {mayChange ? t('channel.edit') : t('channel.show')}
              </a>
            </li>
          ))}
        </ul>
      )}
      {creating && <CreateChannel onClose={() => setCreating(false)} />}
    </SettingsLayout>
  );
}

function CreateChannel({ onClose }: { onClose: () => void }) {
  const { api, channels } = useDesk();
  const form = useForm();
  const [name, setName] = useState('');
  const submit = async (event?: Event) => {
    event?.preventDefault();
    if (!name.trim()) {
      form.refuse({ name: t('field.required') });
      return;
    }
    await form.run(async () => {
      const made = await api.post<Channel>('/channels', { name: name.trim() });
      channels.put(made);
      onClose();
      navigate(`/settings/channels/${made.id}`);
    });
  };
  return (
    <Dialog
      title={t('channels.create')}
      close={t('action.close')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" busy={form.busy} onClick={() => submit()}>
            {t('channels.create')}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} noValidate>
        {form.problem && <Notice tone="danger">{form.problem}</Notice>}
        <TextField
          label={t('field.title')}
          hint={t('setup.channelHint')}
          maxLength={100}
          value={name}
          onValue={setName}
          error={form.error('name')}
        />
      </form>
    </Dialog>
  );
}
