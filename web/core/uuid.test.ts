import { expect, it } from 'vitest';
import { uuidMaker } from './uuid';

it('makes version 7 ids that only grow, also when the clock steps back', () => {
  const times = [1000, 1000, 900, 1001, 1001];
  const make = uuidMaker(
    () => times.shift() ?? 2000,
    (bytes) => bytes.fill(0xff),
  );
  const ids = Array.from({ length: 6000 }, make);
  expect(ids[0]).toBe('00000000-03e8-7000-bfff-ffffffffffff');
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-b[0-9a-f]{3}-f{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
