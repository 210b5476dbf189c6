import { Kbd } from '../../ui/bits';
import { Dialog } from '../../ui/dialog';
import { actions, type Group, keyName } from '../actions/registry';
import { t } from '../i18n';

const groups: readonly Group[] = ['list', 'conversation', 'general'];
const titles = {
  list: 'keys.list',
  conversation: 'keys.conversation',
  general: 'keys.general',
} as const;

type Line = readonly [keys: readonly string[], what: string];

const isApple = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent);
/** The key that makes a shortcut of the system. */
export const commandKey = (): string => (isApple() ? '⌘' : 'Ctrl');

/** What no action is behind: the keys of the browser's own fields, and the bar over everything. */
const others = (): Partial<Record<Group | 'writing', readonly Line[]>> => ({
  list: [
    [['Enter'], t('keys.open')],
    [['Shift', 'J'], t('keys.extend')],
  ],
  general: [[[commandKey(), 'K'], t('bar.title')]],
  writing: [
    [['Enter'], t('keys.send')],
    [['Shift', 'Enter'], t('keys.newline')],
    [['/'], t('keys.replies')],
    [['Esc'], t('keys.leave')],
  ],
});

/** Every key there is, on one sheet, from the list that the keys themselves are made of. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const more = others();
  const sheet: [string, readonly Line[]][] = groups.map((group) => [
    t(titles[group]),
    [
      ...actions
        .filter((action) => action.group === group && action.keys.length > 0)
        .map(({ keys, text }): Line => [keys.map(keyName), t(text)]),
      ...(more[group] ?? []),
    ],
  ]);
  sheet.push([t('keys.writing'), more.writing ?? []]);
  return (
    <Dialog title={t('keys.title')} close={t('action.close')} onClose={onClose} wide>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="keys" tabIndex={0} aria-label={t('keys.title')}>
        {sheet.map(([title, lines]) => (
          <section key={title} class="keys-group">
            <h3 class="keys-title">{title}</h3>
            <dl>
              {lines.map(([names, what]) => (
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
      </section>
    </Dialog>
  );
}
