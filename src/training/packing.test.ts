import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packRows } from './packing.ts';

test('every piece is in one row, and no row is overfull', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 60 }), (lengths) => {
      const rows = packRows(lengths, 16);
      expect(rows.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
      const filled = rows.map((row) => row.reduce((sum, index) => sum + lengths[index]!, 0));
      expect(Math.max(0, ...filled)).toBeLessThanOrEqual(16);
      // Best fit leaves no two rows that would go into one: fewer than half full is at most one.
      expect(filled.filter((sum) => sum <= 8).length).toBeLessThanOrEqual(1);
    }),
  );
});

test('a piece goes into the fullest row that has room', () => {
  const rows = packRows([7, 6, 4, 3], 10);
  expect(rows).toEqual([
    [0, 3],
    [1, 2],
  ]);
});

test('a piece longer than a row is an error', () => {
  expect(() => packRows([5], 4)).toThrow('a piece of 5 does not fit into a row of 4');
});
