import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../../../core/api';
import type { OutboxItem } from '../../../core/outbox';
import type { Conversation } from '../../../protocol/types';
import { Icon } from '../../../ui/icon';
import { fileSize } from '../../format';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { quoteOf } from '../../stores/quotes';
import { sentence } from '../../stores/words';
import { Text } from './bubble';
import { QuoteWords } from './quote';

/** A message on its way: it looks like the others, and says what it waits for. */
export function Outgoing({ item, held }: { item: OutboxItem; held: Conversation }) {
  const { outbox, progress, line } = useDesk();
  const failed = item.state === 'failed';
  const fraction = progress.value.get(item.id);
  return (
    <li
      class={`bubble bubble-${item.kind === 'note' ? 'note' : 'ours'} bubble-first bubble-waiting`}
    >
      <div class="bubble-body">
        {item.quote !== undefined && <QuoteSent held={held} seq={item.quote} />}
        {item.text && (
          <div class="bubble-text">
            <Text text={item.text} />
          </div>
        )}
        {item.files?.map((file) => (
          <OutgoingFile key={file.name} name={file.name} blob={file.blob} />
        ))}
        {!failed && fraction !== undefined && fraction < 1 && (
          <progress
            class="bubble-progress"
            max={1}
            value={fraction}
            aria-label={t('files.uploading')}
          />
        )}
        {failed ? (
          <p class="bubble-failed" role="alert">
            <Icon name="alert" size={14} />
            {t('send.failed')} {sentence(new ApiError(item.code ?? 'server.error'))}
            <button type="button" onClick={() => outbox.retry(item.id)}>
              {t('action.retry')}
            </button>
            <button type="button" onClick={() => outbox.remove(item.id)}>
              {t('action.delete')}
            </button>
          </p>
        ) : (
          <p class="bubble-meta">
            <Icon name="clock" size={12} />
            {line.value === 'live' ? t('send.sending') : t('send.waiting')}
          </p>
        )}
      </div>
    </li>
  );
}

function QuoteSent({ held, seq }: { held: Conversation; seq: number }) {
  const quote = quoteOf(useDesk().histories.of(held.id).messages.value, seq);
  return quote ? (
    <div class="quote">
      <QuoteWords quote={quote} held={held} />
    </div>
  ) : null;
}

function OutgoingFile({ name, blob }: { name: string; blob: Blob }) {
  const preview = useMemo(
    () => (blob.type.startsWith('image/') ? URL.createObjectURL(blob) : undefined),
    [blob],
  );
  useEffect(() => () => preview && URL.revokeObjectURL(preview), [preview]);
  if (preview) return <img class="attachment-waiting" src={preview} alt={name} />;
  return (
    <span class="attachment-file">
      <Icon name="file" size={18} />
      <span class="attachment-name">{name}</span>
      <span class="attachment-size">{fileSize(blob.size)}</span>
    </span>
  );
}
