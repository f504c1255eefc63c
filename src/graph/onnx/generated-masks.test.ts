import { describe, expect, test } from 'vitest';
import { isKept } from './generated-masks.ts';

const COUNT = 1 << 16;
const KEYS: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [0, 1],
  [-1234567, 987654321],
  [2 ** 31 - 1, -(2 ** 31)],
];
const LAGS = [1, 2, 3, 4, 7, 16, 31, 64, 128, 512, 768, 1024, 4096, 32768];

/** Kept elements as deviations from their mean. */
function deviations(key: readonly [number, number], keep: number): Float64Array {
  return Float64Array.from({ length: COUNT }, (_, index) => (isKept(index, key, keep) ? 1 : 0) - keep);
}

/** The correlation in standard deviations of that of independent elements. */
function correlation(a: Float64Array, b: Float64Array, lag: number, keep: number): number {
  let sum = 0;
  for (let index = 0; index + lag < COUNT; index++) sum += a[index]! * b[index + lag]!;
  return Math.abs(sum / (keep * (1 - keep)) / Math.sqrt(COUNT - lag));
}

describe.each([0.9, 0.5])('masks that keep %d', (keep) => {
  const masks = KEYS.map((key) => deviations(key, keep));

  test('keep that share', () => {
    for (const mask of masks) {
      const sum = mask.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum) / Math.sqrt(COUNT * keep * (1 - keep))).toBeLessThan(4);
    }
  });

  test('keep an element whatever happened to another, near or a row away', () => {
    for (const mask of masks) for (const lag of LAGS) expect(correlation(mask, mask, lag, keep)).toBeLessThan(4.5);
  });

  test('of different keys have nothing to do with each other', () => {
    masks.forEach((mask, index) => {
      for (const other of masks.slice(index + 1)) expect(correlation(mask, other, 0, keep)).toBeLessThan(4.5);
    });
  });
});

test('extreme probabilities keep all but one in four thousand million, and none', () => {
  const kept = (keep: number) => Array.from({ length: 1000 }, (_, index) => isKept(index, [5, 6], keep));
  expect(kept(1)).not.toContain(false);
  expect(kept(0)).not.toContain(true);
});
