import { expect, test } from 'vitest';
import { learningRateAt } from './schedule.ts';

const linear = { peak: 1e-3, totalUpdates: 10, warmupUpdates: 3, decay: 'linear' } as const;

test('rises from zero to the peak, then falls to zero (the values of get_linear_schedule_with_warmup)', () => {
  const rates = Array.from({ length: 11 }, (_, update) => learningRateAt(update, linear) * 1e3);
  const expected = [0, 1 / 3, 2 / 3, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7, 0];
  rates.forEach((rate, update) => expect(rate).toBeCloseTo(expected[update]!, 12));
});

test('stays at the peak when constant', () => {
  expect(learningRateAt(9, { ...linear, decay: 'constant' })).toBe(1e-3);
});

test('no warm-up starts at the peak', () => {
  expect(learningRateAt(0, { ...linear, warmupUpdates: 0 })).toBe(1e-3);
});
