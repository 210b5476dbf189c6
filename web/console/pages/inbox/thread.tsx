// The messages of a conversation, kept where the reader is: at the end while they are there, and
// in place while older ones are put above.
import './thread.css';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { unconfirmed } from '../../../core/timeline';
import type { Conversation, Message } from '../../../protocol/types';
import { Spinner } from '../../../ui/bits';
import { Button, IconButton } from '../../../ui/button';
import { CallEntry } from '../../calls/entry';
import { dayOf } from '../../format';
import { t } from '../../i18n';
import { Stars } from '../../ratings/stars';
import { address } from '../../router';
import { attentive } from '../../stores/attention';
import { useDesk } from '../../stores/desk';
import { activitySentence, colleague, nameOf } from '../../stores/words';
import { Bubble } from './bubble';
import { entries, firstUnread } from './entries';
import { Outgoing } from './outgoing';
import { type Viewed, Viewer } from './viewer';

const nearMs = 250;
const endPx = 60;
const dayKey = (at: number): string => new Date(at).toDateString();

interface ThreadProps {
  readonly held: Conversation;
  /** The message that its author mends just now. */
  readonly editing: number | undefined;
  readonly onEdit: (seq: number | undefined) => void;
}

export function Thread({ held, editing, onEdit }: ThreadProps) {
  const desk = useDesk();
  const history = useMemo(() => desk.histories.of(held.id), [held.id, desk.snapshot.value]);
  const messages = history.messages.value;
  const wanted = Number(address.value.query.get('seq')) || undefined;
  const scroller = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);
  const [unreadFrom, setUnreadFrom] = useState<number>();
  const [viewed, setViewed] = useState<Viewed>();
  const unreadAtOpen = useRef(held.unread);
  const waiting = unconfirmed(
    desk.queue.value.filter((item) => item.conversation === held.id),
    messages,
  );
  const shown = useMemo(() => entries(messages, dayKey, unreadFrom), [messages, unreadFrom]);

  const ready = desk.ready.value;
  useEffect(() => {
    if (!ready) return;
    if (wanted) {
      atEnd.current = false;
      history.openAt(wanted);
    } else history.open();
  }, [history, wanted, ready]);

  useEffect(() => {
    if (!messages.length || unreadFrom !== undefined || !unreadAtOpen.current) return;
    setUnreadFrom(firstUnread(messages, unreadAtOpen.current));
    unreadAtOpen.current = 0;
  }, [messages]);

  // Seen is what somebody can see: the window in front, the newest messages on the screen.
  const last = messages.at(-1)?.seq ?? 0;
  const lastTheirs = lastOfCustomer(messages);
  const seen = attentive.value && !away && !history.newer.value;
  useEffect(() => {
    if (!seen || !last) return;
    if (held.unread > 0 || held.marks.agent_read < lastTheirs) {
      desk.marks.read(held.id, last);
      desk.conversations.read(held.id, last);
    }
  }, [seen, last, held.unread]);

  useScroll(scroller, atEnd, messages[0]?.seq, messages.length + waiting.length, shown);

  useEffect(() => {
    if (!wanted || !messages.some((message) => message.seq === wanted)) return;
    const target = document.getElementById(`seq-${wanted}`);
    target?.scrollIntoView({ block: 'center' });
  }, [wanted, messages.length > 0]);

  const onScroll = () => {
    const box = scroller.current;
    if (!box) return;
    const left = box.scrollHeight - box.scrollTop - box.clientHeight;
    atEnd.current = left < endPx && !history.newer.peek();
    setAway(left > endPx * 4);
    if (box.scrollTop < nearMs) history.loadOlder();
    if (left < nearMs) history.loadNewer();
  };

  const toEnd = async () => {
    await history.toEnd();
    atEnd.current = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  return (
    <div class="thread">
      <section
        ref={scroller}
        class="thread-scroll"
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={t('talk.messages')}
      >
        <Top
          state={history.state.value}
          older={history.older.value}
          empty={!messages.length}
          retry={() => history.open()}
        />
        <ol class="thread-list">
          {shown.map((entry) => {
            switch (entry.kind) {
              case 'day':
                return (
                  <li key={entry.key} class="thread-day">
                    <span>{dayOf(entry.at)}</span>
                  </li>
                );
              case 'unread':
                return (
                  <li key={entry.key} class="thread-unread">
                    <span>{t('thread.unread')}</span>
                  </li>
                );
              case 'activity':
                return (
                  <li key={entry.key} id={entry.key} class="thread-activity">
                    {hasEntry(entry.message) ? (
                      <CallEntry message={entry.message} />
                    ) : (
                      <>
                        {activitySentence(desk.people, desk.me, entry.message)}
                        <Rated message={entry.message} />
                      </>
                    )}
                  </li>
                );
              default:
                return (
                  <Bubble
                    key={entry.key}
                    entry={entry}
                    held={held}
                    marked={entry.message.seq === wanted}
                    editing={entry.message.seq === editing}
                    onEdit={onEdit}
                    onView={setViewed}
                  />
                );
            }
          })}
          {waiting.map((item) => (
            <Outgoing key={item.id} item={item} held={held} />
          ))}
        </ol>
      </section>
      <Writers held={held} />
      <Newest text={latestText(held)} />
      {(away || history.newer.value) && (
        <IconButton class="thread-down" icon="down" label={t('thread.toEnd')} onClick={toEnd} />
      )}
      {viewed && <Viewer viewed={viewed} onClose={() => setViewed(undefined)} />}
    </div>
  );
}

/** A call that is over has more to tell than a sentence. */
const hasEntry = ({ activity }: Message): boolean =>
  /^call_(?!started)/.test(activity?.verb ?? '') && activity?.call !== undefined;

function lastOfCustomer(messages: readonly Message[]): number {
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message?.author.kind === 'customer' && message.kind === 'text') return message.seq;
  }
  return 0;
}

/** After each change of the content: stay at the end, or where one was. */
function useScroll(
  scroller: { current: HTMLElement | null },
  atEnd: { current: boolean },
  firstSeq: number | undefined,
  length: number,
  content: unknown,
): void {
  const height = useRef(0);
  const first = useRef(firstSeq);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const above = firstSeq !== undefined && first.current !== undefined && firstSeq < first.current;
    if (atEnd.current) box.scrollTop = box.scrollHeight;
    else if (above) box.scrollTop += box.scrollHeight - height.current;
    height.current = box.scrollHeight;
    first.current = firstSeq;
  }, [firstSeq, length, content]);
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    // Pictures arrive, the composer grows, the window turns: the end stays the end.
    const observer = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
      height.current = box.scrollHeight;
    });
    observer.observe(box);
    if (box.lastElementChild) observer.observe(box.lastElementChild);
    return () => observer.disconnect();
  }, []);
}

interface TopProps {
  readonly state: 'loading' | 'ready' | 'failed';
  readonly older: boolean;
  readonly empty: boolean;
  readonly retry: () => void;
}

function Top({ state, older, empty, retry }: TopProps) {
  if (state === 'failed') {
    return (
      <p class="thread-top">
        {t('thread.failed')}{' '}
        <Button small onClick={retry}>
          {t('action.retry')}
        </Button>
      </p>
    );
  }
  if (state === 'loading' && (older || empty)) {
    return (
      <p class="thread-top">
        <Spinner label={t('state.loading')} />
      </p>
    );
  }
  return <div class="thread-fill" />;
}

/** Who writes right now, in a line of fixed height, so that nothing jumps. */
function Writers({ held }: { held: Conversation }) {
  const { me, people, typing } = useDesk();
  const names = (typing.all.value.get(held.id) ?? [])
    .filter((typist) => typist.id !== me)
    .map((typist) =>
      typist.kind === 'customer' ? nameOf(held.customer) : colleague(people, typist.id),
    );
  return (
    <div class="thread-typing">
      {names.length > 0 && (
        <>
          <span class="dots" aria-hidden="true">
            <span />
            <span />
            <span />
          </span>
          {t('typing.long', { name: names.join(', ') })}
        </>
      )}
    </div>
  );
}

const latestText = (held: Conversation): string =>
  held.last_message?.author.kind === 'customer'
    ? t('thread.says', { name: nameOf(held.customer), text: held.last_message.text })
    : '';

/** Reads out what the customer wrote; the list itself would be read out whole. */
function Newest({ text }: { text: string }) {
  const first = useRef(text);
  return (
    <div class="visually-hidden" role="log" aria-live="polite">
      {text !== first.current && text}
    </div>
  );
}

/** Beside the sentence that they rated: what. */
function Rated({ message }: { message: Message }) {
  const { ratings } = useDesk();
  if (message.activity?.verb !== 'rated') return null;
  const rating = ratings.of(message.conversation).find(({ at }) => at === message.at);
  return rating ? (
    <>
      {' '}
      <Stars score={rating.score} />
    </>
  ) : null;
}
