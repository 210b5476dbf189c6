// Files on their way into a message: pasted, dropped or picked.
import { toast } from '../../../ui/toast';
import { fileSize } from '../../format';
import { t } from '../../i18n';
import type { Desk } from '../../stores/desk';
import { type DraftFile, draftFiles, setDraftFiles } from '../../stores/drafts';

export const filesMax = 10;

let last = 0;

export function addFiles(
  desk: Desk,
  conversation: string,
  list: Iterable<File> | null | undefined,
): void {
  const held = draftFiles(conversation);
  const max = desk.limits.peek().attachment_bytes_max;
  const files = [...(list ?? [])];
  const tooLarge = files.filter((file) => file.size > max);
  for (const file of tooLarge) {
    toast(t('files.tooLarge', { name: file.name, max: fileSize(max) }), { kind: 'error' });
  }
  const fitting = files.filter((file) => file.size > 0 && file.size <= max);
  if (held.length + fitting.length > filesMax) {
    toast(t('files.tooMany', { max: filesMax }), { kind: 'error' });
  }
  const added = fitting.slice(0, filesMax - held.length).map((file): DraftFile => {
    last += 1;
    const picture = file.type.startsWith('image/');
    return { id: `file-${last}`, file, preview: picture ? URL.createObjectURL(file) : undefined };
  });
  if (added.length) setDraftFiles(conversation, [...held, ...added]);
}
