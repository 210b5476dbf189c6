import { expect, it } from 'vitest';
import { eventReader } from './sse';

const text =
  ': hello\n\ndata: {"a":"退款 😀"}\n\n:\n\nevent: x\ndata: one\ndata:two\r\n\r\n\n\ndata: last\n\n';
const told = ['{"a":"退款 😀"}', 'one\ntwo', 'last'];

it('reads the events whatever pieces they come in', () => {
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const read = eventReader();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      found.push(...read(bytes.subarray(at, at + size)));
    }
    expect(found).toEqual(told);
  }
});

it('keeps an event back until it is complete', () => {
  const read = eventReader();
  const say = (piece: string): string[] => read(new TextEncoder().encode(piece));
  expect(say('data: {"a":1}')).toEqual([]);
  expect(say('\n')).toEqual([]);
  expect(say('\ndata: 2\n\nda')).toEqual(['{"a":1}', '2']);
});
