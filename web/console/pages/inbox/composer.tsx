import './composer.css';
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Conversation } from '../../../protocol/types';
import { IconButton } from '../../../ui/button';
import { Icon } from '../../../ui/icon';
import { Popover } from '../../../ui/popover';
import { Tabs } from '../../../ui/tabs';
import { toast } from '../../../ui/toast';
import { systemClock } from '../../clock';
import { fileSize } from '../../format';
import { t } from '../../i18n';
import { ReplyPicker } from '../../replies/picker';
import { type Desk, useDesk } from '../../stores/desk';
import {
  type ComposerKind,
  changeDraft,
  draftFiles,
  draftOf,
  draftText,
  setDraftFiles,
  setDraftText,
} from '../../stores/drafts';
import { callable, calledIn } from '../../stores/mentions';
import { createTypingSignal } from '../../stores/typing';
import { nameOf, sentence } from '../../stores/words';
import { isSendKey, objection } from './composer-rules';
import { addFiles } from './files';
import { Collision } from './lookers';
import { MentionPicker } from './mention-picker';
import { QuoteDraft } from './quote';

const EmojiGrid = lazy(() => import('./emoji'));
const EditReply = lazy(() => import('../../replies/edit'));

interface ComposerProps {
  readonly held: Conversation;
  readonly kind: ComposerKind;
  readonly onKind: (kind: ComposerKind) => void;
  readonly input: { current: HTMLTextAreaElement | null };
  /** Mends what one wrote last; false if there is nothing to mend. */
  readonly onEditLast: () => boolean;
}

async function send(
  desk: Desk,
  held: Conversation,
  kind: ComposerKind,
  text: string,
): Promise<void> {
  const { id } = held;
  const files = draftFiles(id);
  const { quote: seq } = draftOf(id);
  const quoted = desk.histories
    .of(id)
    .messages.peek()
    .find((message) => message.seq === seq);
  // A note that is quoted waits for the next note: the customer sees no notes.
  const quote = seq !== null && (kind === 'note' || quoted?.kind !== 'note') ? seq : null;
  const people = callable(desk.people.list.peek(), desk.channels.find(held.channel), desk.me);
  const mentions = kind === 'note' ? calledIn(text, people) : [];
  changeDraft(id, { [kind]: '', ...(quote !== null && { quote: null }) });
  setDraftFiles(id, []);
  try {
    await desk.outbox.add({
      conversation: id,
      kind,
      text,
      ...(quote !== null && { quote }),
      ...(mentions.length && { mentions }),
      files: files.map(({ file }) => ({ name: file.name, type: file.type, blob: file })),
    });
  } catch (error) {
    changeDraft(id, { [kind]: text, quote: seq });
    toast(sentence(error), { kind: 'error' });
  }
}

export function Composer({ held, kind, onKind, input, onEditLast }: ComposerProps) {
  const desk = useDesk();
  const text = draftText(held.id, kind);
  const files = draftFiles(held.id);
  const problem = objection(text, files.length, desk.limits.value.text_bytes_max);
  const typing = useMemo(
    () =>
      createTypingSignal(systemClock, (active) =>
        desk.connection.send({ type: 'typing', conversation: held.id, active }),
      ),
    [held.id],
  );
  const [picking, setPicking] = useState(false);
  const [calling, setCalling] = useState(false);
  useEffect(() => typing.stop, [typing]);
  useGrowing(input, text);

  const submit = () => {
    if (problem !== undefined) return;
    typing.stop();
    send(desk, held, kind, text);
    input.current?.focus();
  };
  const write = (next: string) => {
    setDraftText(held.id, kind, next);
    // A note is nobody's business outside: the customer must not see somebody writing it.
    if (kind === 'text' && next) typing.typed();
    else typing.stop();
  };

  return (
    <div class={`composer composer-${kind}`}>
      <Collision id={held.id} />
      <div class="composer-box">
        <div class="composer-top">
          <Tabs
            label={t('composer.kind')}
            panel="composer-input"
            value={kind}
            onValue={onKind}
            tabs={[
              { id: 'text', label: t('composer.reply') },
              {
                id: 'note',
                label: (
                  <>
                    <Icon name="lock" size={12} />
                    {t('composer.note')}
                  </>
                ),
              },
            ]}
          />
        </div>
        <QuoteDraft held={held} />
        <textarea
          ref={input}
          id="composer-input"
          class="composer-input"
          rows={1}
          dir="auto"
          aria-label={kind === 'note' ? t('composer.noteHint') : t('composer.reply')}
          placeholder={
            kind === 'note'
              ? t('composer.noteHint')
              : t('composer.replyHint', { name: nameOf(held.customer) })
          }
          value={text}
          onInput={(event) => write(event.currentTarget.value)}
          onPaste={(event) => {
            if (!event.clipboardData?.files.length) return;
            event.preventDefault();
            addFiles(desk, held.id, event.clipboardData.files);
          }}
          onKeyDown={(event) => {
            if (isSendKey(event)) {
              event.preventDefault();
              submit();
            } else if (event.key === '/' && !text && !event.isComposing) {
              event.preventDefault();
              setPicking(true);
            } else if (
              kind === 'note' &&
              event.key === '@' &&
              !event.isComposing &&
              startsWord(event.currentTarget)
            ) {
              event.preventDefault();
              setCalling(true);
            } else if (event.key === 'ArrowUp' && !text && onEditLast()) {
              event.preventDefault();
            } else if (event.key === 'Escape' && !event.isComposing) {
              event.preventDefault();
              event.currentTarget.blur();
            }
          }}
        />
        <DraftFiles id={held.id} />
        <div class="composer-bar">
          <PickFiles onFiles={(list) => addFiles(desk, held.id, list)} />
          <Emoji onEmoji={(emoji) => write(insert(input.current, emoji))} />
          <QuickReplies
            held={held}
            input={input}
            written={text}
            open={picking}
            onOpen={setPicking}
            onText={(words) => write(insert(input.current, words))}
          />
          {kind === 'note' && (
            <IconButton
              icon="at"
              label={t('mention.pick')}
              shortcut="@"
              aria-haspopup="dialog"
              aria-expanded={calling}
              onClick={() => setCalling(!calling)}
            />
          )}
          {calling && (
            <MentionPicker
              held={held}
              anchor={input}
              onText={(words) => write(insert(input.current, words))}
              onClose={() => setCalling(false)}
            />
          )}
          <span class="composer-problem" role="status">
            {problem}
          </span>
          <span class="composer-hint">{t('composer.keys')}</span>
          <button
            type="button"
            class="composer-send"
            disabled={problem !== undefined}
            onClick={submit}
            aria-label={kind === 'note' ? t('composer.addNote') : t('composer.send')}
            title={kind === 'note' ? t('composer.addNote') : t('composer.send')}
          >
            <Icon name={kind === 'note' ? 'note' : 'send'} size={18} />
          </button>
        </div>
      </div>
    </div>
  );
}

/** As tall as what is in it; the style sheet says how tall at most. */
function useGrowing(input: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const box = input.current;
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }, [text]);
}

/** A sign within a word belongs to an address. */
function startsWord({ value, selectionStart }: HTMLTextAreaElement): boolean {
  return !/[\w.]$/.test(value.slice(0, selectionStart));
}

function insert(box: HTMLTextAreaElement | null, what: string): string {
  if (!box) return what;
  box.setRangeText(what, box.selectionStart, box.selectionEnd, 'end');
  box.focus();
  return box.value;
}

function PickFiles({ onFiles }: { onFiles: (list: FileList | null) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton icon="clip" label={t('files.attach')} onClick={() => picker.current?.click()} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t('files.attach')}
        onChange={(event) => {
          onFiles(event.currentTarget.files);
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}

function Emoji({ onEmoji }: { onEmoji: (emoji: string) => void }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <IconButton
        buttonRef={button}
        icon="smile"
        label={t('composer.emoji')}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <Popover anchor={button} label={t('composer.emoji')} onClose={() => setOpen(false)}>
          <Suspense fallback={<div class="emoji" />}>
            <EmojiGrid
              onPick={(emoji) => {
                setOpen(false);
                onEmoji(emoji);
              }}
            />
          </Suspense>
        </Popover>
      )}
    </>
  );
}

interface QuickRepliesProps {
  readonly held: Conversation;
  readonly input: { current: HTMLTextAreaElement | null };
  readonly written: string;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly onText: (text: string) => void;
}

function QuickReplies({ held, input, written, open, onOpen, onText }: QuickRepliesProps) {
  const [keeping, setKeeping] = useState(false);
  const close = () => {
    setKeeping(false);
    input.current?.focus();
  };
  return (
    <>
      <IconButton
        icon="zap"
        label={t('replies.insert')}
        shortcut="/"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => onOpen(!open)}
      />
      {open && (
        <ReplyPicker
          held={held}
          anchor={input}
          written={written}
          onText={onText}
          onKeep={() => setKeeping(true)}
          onClose={() => onOpen(false)}
        />
      )}
      {keeping && (
        <Suspense fallback={null}>
          <EditReply start={{ text: written }} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

function DraftFiles({ id }: { id: string }) {
  const files = draftFiles(id);
  if (!files.length) return null;
  return (
    <ul class="draft-files" aria-label={t('files.attached')}>
      {files.map((item) => (
        <li key={item.id} class="draft-file">
          {item.preview ? <img src={item.preview} alt="" /> : <Icon name="file" size={18} />}
          <span class="attachment-name">{item.file.name}</span>
          <span class="attachment-size">{fileSize(item.file.size)}</span>
          <IconButton
            icon="close"
            size={14}
            label={t('files.remove', { name: item.file.name })}
            onClick={() =>
              setDraftFiles(
                id,
                files.filter((other) => other.id !== item.id),
              )
            }
          />
        </li>
      ))}
    </ul>
  );
}
