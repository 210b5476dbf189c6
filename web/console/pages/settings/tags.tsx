// The organisation's tags: supervisors name, colour and delete them.
import { useState } from 'preact/hooks';
import type { Tag, TagColour } from '../../../protocol/types';
import { Empty } from '../../../ui/bits';
import { Button, IconButton } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { SelectField, TextField } from '../../../ui/field';
import { toast } from '../../../ui/toast';
import { type TextKey, t } from '../../i18n';
import { atLeast } from '../../roles';
import { useDesk } from '../../stores/desk';
import { useMe } from '../../stores/me';
import { tagColours } from '../../stores/tags';
import { fieldErrors, sentence } from '../../stores/words';
import { TagMark } from '../inbox/labels';
import { SettingsLayout } from './layout';

const colourTexts = {
  grey: 'colour.grey',
  red: 'colour.red',
  orange: 'colour.orange',
  green: 'colour.green',
  blue: 'colour.blue',
  violet: 'colour.violet',
} as const satisfies Record<TagColour, TextKey>;

export default function TagSettings() {
  const { tags } = useDesk();
  const isKeeper = atLeast(useMe().role, 'supervisor');
  const [opened, setOpened] = useState<Tag | 'new'>();
  const all = tags.list.value;
  const remove = async (tag: Tag) => {
    try {
      await tags.remove(tag.id);
      const undo = () =>
        void tags.restore(tag.id).catch((error) => toast(sentence(error), { kind: 'error' }));
      toast(t('tags.removed', { name: tag.name }), {
        action: { label: t('action.undo'), run: undo },
      });
    } catch (error) {
      toast(sentence(error), { kind: 'error' });
    }
  };
  return (
    <SettingsLayout
      title={t('settings.tags')}
      lead={isKeeper ? t('tags.lead') : t('tags.leadReader')}
      actions={
        <Button kind="primary" icon="plus" onClick={() => setOpened('new')}>
          {t('tags.new')}
        </Button>
      }
    >
      {all.length === 0 && (
        <Empty icon="tag" title={t('tags.noneYet')}>
          <p>{t('tags.noneYetText')}</p>
        </Empty>
      )}
      <ul class="things">
        {all.map((tag) => (
          <li key={tag.id} class="thing">
            <div class="thing-body">
              <p class="thing-name">
                <TagMark name={tag.name} colour={tag.colour} />
              </p>
            </div>
            {isKeeper && (
              <>
                <IconButton
                  icon="edit"
                  label={t('tags.edit', { name: tag.name })}
                  onClick={() => setOpened(tag)}
                />
                <IconButton
                  icon="trash"
                  label={t('tags.remove', { name: tag.name })}
                  onClick={() => remove(tag)}
                />
              </>
            )}
          </li>
        ))}
      </ul>
      {opened && (
        <EditTag tag={opened === 'new' ? undefined : opened} onClose={() => setOpened(undefined)} />
      )}
    </SettingsLayout>
  );
}

function EditTag({ tag, onClose }: { tag: Tag | undefined; onClose: () => void }) {
  const { tags } = useDesk();
  const [name, setName] = useState(tag?.name ?? '');
  const [colour, setColour] = useState<TagColour>(tag?.colour ?? 'grey');
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      if (tag) await tags.change(tag.id, { name, colour });
      else await tags.create(name, colour);
      onClose();
    } catch (error) {
      const fields = fieldErrors(error);
      setWrong(fields);
      if (!Object.keys(fields).length) toast(sentence(error), { kind: 'error' });
    }
  };
  return (
    <Dialog
      title={tag ? t('tags.edit', { name: tag.name }) : t('tags.new')}
      close={t('action.close')}
      onClose={onClose}
    >
      <form class="form" onSubmit={save}>
        <TextField
          label={t('field.name')}
          value={name}
          error={wrong.name}
          onValue={setName}
          maxLength={40}
          required
        />
        <SelectField
          label={t('tags.colour')}
          value={colour}
          options={tagColours.map((one) => [one, t(colourTexts[one])] as const)}
          onValue={(value) => setColour(value as TagColour)}
        />
        <p>
          <TagMark name={name || '…'} colour={colour} />
        </p>
        <Button kind="primary" type="submit" disabled={!name.trim()}>
          {t('action.save')}
        </Button>
      </form>
    </Dialog>
  );
}
