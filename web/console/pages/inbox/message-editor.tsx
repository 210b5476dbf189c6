import { useEffect, useRef, useState } from 'preact/hooks';
import type { Conversation, Message } from '../../../protocol/types';
import { Button } from '../../../ui/button';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { revised } from '../../stores/events';
import { callable, calledIn } from '../../stores/mentions';
import { sentence } from '../../stores/words';
import { isSendKey, objection } from './composer-rules';

interface MessageEditorProps {
  readonly held: Conversation;
  readonly message: Message;
  readonly onClose: () => void;
}

/** One's own words, in their place. Enter keeps them, Escape leaves them as they were. */
export function MessageEditor({ held, message, onClose }: MessageEditorProps) {
  const desk = useDesk();
  const [text, setText] = useState(message.text);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
  }, []);
  const problem = objection(text, message.attachments.length, desk.limits.value.text_bytes_max);

  const save = async () => {
    if (problem !== undefined || busy) return;
    if (text === message.text) return onClose();
    setBusy(true);
    try {
      const people = callable(desk.people.list.peek(), desk.channels.find(held.channel), desk.me);
      const mentions = message.kind === 'note' ? calledIn(text, people) : [];
      const path = `/conversations/${message.conversation}/messages/${message.seq}`;
      revised(desk, await desk.api.patch<Message>(path, { text, mentions }));
      onClose();
    } catch (error) {
      setFailed(error);
      setBusy(false);
    }
  };

  return (
    <div class="bubble-editor">
      <textarea
        ref={box}
        class="input textarea"
        dir="auto"
        rows={Math.min(8, text.split('\n').length + 1)}
        aria-label={t('edit.label')}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isSendKey(event)) {
            event.preventDefault();
            void save();
          } else if (event.key === 'Escape' && !event.isComposing) {
            event.preventDefault();
            event.stopPropagation();
            onClose();
          }
        }}
      />
      <p class="bubble-editor-bar">
        <span class="composer-problem" role="status">
          {failed !== undefined ? sentence(failed) : problem}
        </span>
        <Button small onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button small kind="primary" busy={busy} disabled={problem !== undefined} onClick={save}>
          {t('action.save')}
        </Button>
      </p>
    </div>
  );
}
