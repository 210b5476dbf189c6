// UUID version 7 (RFC 9562): the time in front, so that the server's index appends.

/** Makes ids; `fill` is `crypto.getRandomValues`. Ids of one maker only grow, even when the clock
    steps back: the queue and a reload sort by them. */
export function uuidMaker(
  now: () => number,
  fill: (bytes: Uint8Array<ArrayBuffer>) => unknown,
): () => string {
  let last = 0;
  let counter = 0;
  return () => {
    const at = now();
    // 12 bits within one millisecond, then borrow from the next one.
    if (at > last) {
      last = at;
      counter = 0;
    } else if (++counter > 0xfff) {
      last++;
      counter = 0;
    }
    const bytes = new Uint8Array(8);
    fill(bytes);
    bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
    const random = Array.from(bytes, (byte) => hex(byte, 2)).join('');
    return `${hex(last, 12)}7${hex(counter, 3)}${random}`.replace(
      /(.{8})(.{4})(.{4})(.{4})/,
      '$1-$2-$3-$4-',
    );
  };
}
