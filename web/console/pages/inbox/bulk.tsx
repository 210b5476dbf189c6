// What can be done to all that is picked, in the place of the list's head.
import { IconButton } from '../../../ui/button';
import type { IconName } from '../../../ui/icon';
import { inbox, type Question } from '../../actions/here';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import type { List } from '../../stores/lists';
import { clearSelection, selectAll, selected } from '../../stores/selection';
import { reopen, resolve } from './commands';

const questions: readonly [
  Question,
  IconName,
  'do.assign' | 'do.tags' | 'do.priority' | 'do.snooze',
][] = [
  ['assign', 'user', 'do.assign'],
  ['tags', 'tag', 'do.tags'],
  ['priority', 'flag', 'do.priority'],
  ['snooze', 'clock', 'do.snooze'],
];

export function Bulk({ list }: { list: List }) {
  const desk = useDesk();
  const picked = selected.value;
  const all = list.items.value;
  const held = all.filter((item) => picked.has(item.id));
  const closed = held.every(({ status }) => status === 'resolved');
  const finish = () => {
    if (closed) void reopen(desk, held).then((done) => done && clearSelection());
    else inbox.peek()?.done(held, resolve(desk, held));
  };
  return (
    <div class="bulk" role="toolbar" aria-label={t('bulk.label')}>
      <IconButton
        icon="close"
        size={16}
        label={t('bulk.clear')}
        shortcut="Esc"
        onClick={clearSelection}
      />
      <span class="bulk-count" role="status">
        {t('bulk.count', { count: picked.size })}
      </span>
      {picked.size < all.length && (
        <IconButton
          icon="checks"
          size={16}
          label={t('bulk.all', { count: all.length })}
          shortcut="*"
          onClick={() => selectAll(all.map((item) => item.id))}
        />
      )}
      <span class="bulk-tools">
        {questions.map(
          ([question, icon, text]) =>
            (question !== 'snooze' || !closed) && (
              <IconButton
                key={question}
                icon={icon}
                size={16}
                label={t(text)}
                data-ask={question}
                aria-haspopup="dialog"
                onClick={() => inbox.peek()?.ask(question)}
              />
            ),
        )}
        <IconButton
          icon={closed ? 'reopen' : 'check'}
          size={16}
          label={closed ? t('resolve.reopen') : t('resolve.do')}
          shortcut="E"
          onClick={finish}
        />
      </span>
    </div>
  );
}
