import type { Attachment } from '../../../protocol/types';
import { Icon } from '../../../ui/icon';
import { fileSize } from '../../format';
import { t } from '../../i18n';
import type { Viewed } from './viewer';

export const attachmentUrl = (id: string): string => `/api/v1/attachments/${id}`;

/** The server gives a size only to pictures that are safe to show. */
const isPicture = (item: Attachment): boolean => item.width !== null && item.height !== null;

const thumbnailMax = 260;

/** The room a picture takes before it is there, so that nothing jumps when it comes. */
function room(item: Attachment): { width: number; height: number } {
  const width = item.width ?? thumbnailMax;
  const height = item.height ?? thumbnailMax;
  const scale = Math.min(1, thumbnailMax / width, thumbnailMax / height);
  return {
    width: Math.max(32, Math.round(width * scale)),
    height: Math.max(32, Math.round(height * scale)),
  };
}

interface AttachmentsProps {
  readonly items: readonly Attachment[];
  readonly onView: (viewed: Viewed) => void;
}

export function Attachments({ items, onView }: AttachmentsProps) {
  if (!items.length) return null;
  const pictures = items.filter(isPicture);
  const files = items.filter((item) => !isPicture(item));
  return (
    <div class="attachments">
      {pictures.map((item, at) => (
        <button
          key={item.id}
          type="button"
          class="attachment-picture"
          aria-label={t('files.view', { name: item.name })}
          onClick={() => onView({ items: pictures, at })}
        >
          <img src={attachmentUrl(item.id)} alt="" loading="lazy" {...room(item)} />
        </button>
      ))}
      {files.map((item) => (
        <a key={item.id} class="attachment-file" href={attachmentUrl(item.id)} download={item.name}>
          <Icon name="file" size={18} />
          <span class="attachment-name">{item.name}</span>
          <span class="attachment-size">{fileSize(item.bytes)}</span>
          <Icon name="download" size={14} />
        </a>
      ))}
    </div>
  );
}
