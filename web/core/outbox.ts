// The queue of messages with their files: uploads what is not uploaded yet, then sends.
import type { Attachment } from '../protocol/types';
import {
  createQueue,
  type Outbox,
  type OutboxItem,
  type OutFile,
  type QueueOptions,
} from './queue';

export * from './queue';

export interface Uploads {
  upload(file: OutFile, onProgress: (fraction: number) => void): Promise<Attachment>;
  onProgress?: ((id: string, fraction: number) => void) | undefined;
}

export type OutboxOptions = Omit<QueueOptions, 'prepare'> & Uploads;

/** The `prepare` of a queue whose items have files. */
export const uploadFiles =
  ({ upload, onProgress }: Uploads): NonNullable<QueueOptions['prepare']> =>
  async (item, save) => {
    let current: OutboxItem | undefined = item;
    const files = item.files ?? [];
    for (const [index, file] of files.entries()) {
      if (file.attachment) continue;
      const attachment = await upload(file, (fraction) =>
        onProgress?.(item.id, (index + fraction) / files.length),
      );
      const next: OutFile[] = (current?.files ?? []).map((other, i) =>
        i === index ? { ...other, attachment } : other,
      );
      current = current && (await save({ files: next }));
    }
    return current;
  };

export const createOutbox = (options: OutboxOptions): Outbox =>
  createQueue({ ...options, prepare: uploadFiles(options) });
