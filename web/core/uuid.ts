// UUID version 7 (RFC 9562): the time in front, so that the server's index appends.

/** Makes ids; `fill` is `crypto.getRandomValues`. Ids of one maker only grow, even when the clock
    steps back: the queue and a reload sort by them. */
export function uuidMaker(
  now: () => number,
  fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): () => string {
  let last = 0;
  return () => {
    // In 1024ths of a millisecond, which fits a number until 2248; when they are used up it borrows.
    last = Math.max(now() * 1024, last + 1);
    const bytes = fill(new Uint8Array(8));
    bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
    const random = Array.from(bytes, (byte) => hex(byte, 2)).join('');
    return `${hex(Math.floor(last / 1024), 12)}7${hex(last % 1024, 3)}${random}`.replace(
      /(.{8})(.{4})(.{4})(.{4})/,
      '$1-$2-$3-$4-',
    );
  };
}
