import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Attachment } from '../../../protocol/types';
import { IconButton } from '../../../ui/button';
import { Icon } from '../../../ui/icon';
import { fileSize } from '../../format';
import { t } from '../../i18n';
import { attachmentUrl } from './attachments';

export interface Viewed {
  readonly items: readonly Attachment[];
  readonly at: number;
}

/** One picture at a time over everything; arrow keys turn the page. */
export function Viewer({ viewed, onClose }: { viewed: Viewed; onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  const [at, setAt] = useState(viewed.at);
  useLayoutEffect(() => ref.current?.showModal(), []);
  const total = viewed.items.length;
  const item = viewed.items[at];
  if (!item) return null;
  const turn = (by: number) => setAt((at + by + total) % total);
  return (
    <dialog
      ref={ref}
      class="viewer"
      aria-label={item.name}
      onClose={onClose}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'ArrowRight') turn(1);
        if (event.key === 'ArrowLeft') turn(-1);
      }}
    >
      <header class="viewer-head">
        <span class="viewer-name">
          {item.name} <span class="viewer-size">{fileSize(item.bytes)}</span>
        </span>
        <a
          class="icon-button"
          href={attachmentUrl(item.id)}
          download={item.name}
          aria-label={t('files.download')}
          title={t('files.download')}
        >
          <Icon name="download" size={18} />
        </a>
        <IconButton icon="close" label={t('action.close')} onClick={() => ref.current?.close()} />
      </header>
      <div class="viewer-stage">
        {total > 1 && (
          <IconButton icon="back" label={t('files.previous')} onClick={() => turn(-1)} />
        )}
        <img src={attachmentUrl(item.id)} alt={item.name} />
        {total > 1 && <IconButton icon="next" label={t('files.next')} onClick={() => turn(1)} />}
      </div>
    </dialog>
  );
}
