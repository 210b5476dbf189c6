import { Kbd } from '../../ui/bits';
import { Dialog } from '../../ui/dialog';
import { t } from '../i18n';

/** Every key there is, on one sheet. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const groups: [title: string, keys: [keys: string[], what: string][]][] = [
    [
      t('keys.list'),
      [
        [['J', '↓'], t('keys.next')],
        [['K', '↑'], t('keys.previous')],
        [['Enter'], t('keys.open')],
        [['U', 'Esc'], t('keys.back')],
        [['/'], t('keys.search')],
      ],
    ],
    [
      t('keys.conversation'),
      [
        [['R'], t('keys.reply')],
        [['N'], t('keys.note')],
        [['T'], t('keys.take')],
        [['A'], t('keys.assign')],
        [['E'], t('keys.resolve')],
        [['I'], t('keys.panel')],
        [['V'], t('keys.call')],
      ],
    ],
    [
      t('keys.writing'),
      [
        [['Enter'], t('keys.send')],
        [['Shift', 'Enter'], t('keys.newline')],
        [['/'], t('keys.replies')],
        [['Esc'], t('keys.leave')],
        [['?'], t('keys.sheet')],
      ],
    ],
  ];
  return (
    <Dialog title={t('keys.title')} close={t('action.close')} onClose={onClose} wide>
      <div class="keys">
        {groups.map(([title, keys]) => (
          <section key={title} class="keys-group">
            <h3 class="keys-title">{title}</h3>
            <dl>
              {keys.map(([names, what]) => (
                <div key={what} class="keys-row">
                  <dt>{what}</dt>
                  <dd>
                    {names.map((name) => (
                      <Kbd key={name}>{name}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
