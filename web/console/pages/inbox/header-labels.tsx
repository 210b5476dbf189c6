// The marks of the open conversation, and the buttons that change them.
import type { Conversation } from '../../../protocol/types';
import { IconButton } from '../../../ui/button';
import type { IconName } from '../../../ui/icon';
import { inbox, type Question } from '../../actions/here';
import { type TextKey, t } from '../../i18n';

const buttons: readonly [question: Question, icon: IconName, text: TextKey, key: string][] = [
  ['snooze', 'clock', 'do.snooze', 'S'],
  ['priority', 'flag', 'do.priority', 'P'],
  ['tags', 'tag', 'do.tags', 'T'],
];

export function HeaderLabels({ held }: { held: Conversation }) {
  return (
    <span class="talk-marks">
      {buttons.map(
        ([question, icon, text, key]) =>
          (question !== 'snooze' || held.status === 'open') && (
            <IconButton
              key={question}
              icon={icon}
              size={16}
              label={t(text as 'do.tags')}
              shortcut={key}
              data-ask={question}
              aria-haspopup="dialog"
              onClick={() => inbox.peek()?.ask(question)}
            />
          ),
      )}
    </span>
  );
}
