// Keeping a look at the inbox under a name: for oneself, or as a supervisor for everybody.
import { useState } from 'preact/hooks';
import type { SavedView } from '../../../protocol/types';
import { Button } from '../../../ui/button';
import { Dialog } from '../../../ui/dialog';
import { Switch, TextField } from '../../../ui/field';
import { toast } from '../../../ui/toast';
import { t } from '../../i18n';
import { atLeast } from '../../roles';
import { navigate } from '../../router';
import { useDesk } from '../../stores/desk';
import { filterText } from '../../stores/filter';
import { useMe } from '../../stores/me';
import { fieldErrors, sentence } from '../../stores/words';
import type { Look } from './places';

interface SaveViewProps {
  readonly look: Look;
  /** The one that is looked at, if it is a saved one. */
  readonly saved: SavedView | undefined;
  readonly onClose: () => void;
}

export function SaveView({ look, saved, onClose }: SaveViewProps) {
  const desk = useDesk();
  const me = useMe();
  const isKeeper = atLeast(me.role, 'supervisor');
  const mayChange = saved && (saved.scope === 'personal' || isKeeper);
  const [name, setName] = useState(mayChange ? saved.name : '');
  const [shared, setShared] = useState(false);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const filter = filterText(look.filter);

  const attempt = async (run: () => Promise<void>) => {
    try {
      await run();
      onClose();
    } catch (error) {
      const fields = fieldErrors(error);
      setWrong(fields);
      if (!Object.keys(fields).length) toast(sentence(error), { kind: 'error' });
    }
  };
  const keep = () =>
    attempt(async () => {
      const scope = shared ? 'shared' : 'personal';
      const made = await desk.views.create({ scope, name, filter });
      navigate(`/inbox/${made.id}`);
    });
  const change = (view: SavedView) =>
    attempt(async () => {
      await desk.views.change(view.id, { name, filter });
      navigate(`/inbox/${view.id}`, { replace: true });
    });
  const move = (view: SavedView, by: number) =>
    desk.views
      .change(view.id, { place: view.place + by })
      .catch((error) => toast(sentence(error), { kind: 'error' }));
  const remove = (view: SavedView) =>
    attempt(async () => {
      await desk.views.remove(view.id);
      navigate('/inbox/all');
      const { scope, name, filter } = view;
      toast(t('views.removed', { name }), {
        action: {
          label: t('action.undo'),
          run: () => void desk.views.create({ scope, name, filter }).catch(() => undefined),
        },
      });
    });

  return (
    <Dialog
      title={mayChange ? t('views.edit') : t('views.save')}
      close={t('action.close')}
      onClose={onClose}
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (mayChange) change(saved);
          else keep();
        }}
      >
        <TextField
          label={t('views.name')}
          value={name}
          error={wrong.name}
          onValue={setName}
          maxLength={40}
          required
        />
        {!mayChange && isKeeper && (
          <Switch
            label={t('views.shared')}
            hint={t('views.sharedHint')}
            checked={shared}
            onChange={setShared}
          />
        )}
        {mayChange && (
          <div class="view-place">
            <Button small icon="up" onClick={() => move(saved, -1)}>
              {t('views.up')}
            </Button>
            <Button small icon="down" onClick={() => move(saved, 1)}>
              {t('views.down')}
            </Button>
            <Button small kind="danger" icon="trash" onClick={() => remove(saved)}>
              {t('action.delete')}
            </Button>
          </div>
        )}
        <Button kind="primary" type="submit" disabled={!name.trim()}>
          {t('action.save')}
        </Button>
      </form>
    </Dialog>
  );
}
