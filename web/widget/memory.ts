// The little that stays in the browser between visits, per channel. Nothing of it exists before the
// visitor opened the chat.
interface Kept {
  token?: string;
  sound?: boolean;
}

export interface Memory extends Kept {
  keep(changes: Partial<Kept>): void;
}

/** `storage` is a function because even looking at it throws where it is blocked. */
export function recall(storage: () => Storage, channel: string): Memory {
  const key = `parlor:${channel}`;
  const read = (): Kept => {
    try {
      return JSON.parse(storage().getItem(key) ?? '{}');
    } catch {
      return {};
    }
  };
  const memory: Memory = {
    ...read(),
    keep(changes) {
      Object.assign(memory, changes);
      try {
        const { keep: _, ...kept } = memory;
        storage().setItem(key, JSON.stringify(kept));
      } catch {
        // Blocked or full: it lasts as long as the page.
      }
    },
  };
  return memory;
}
