import { expect, test } from 'vitest';
import { learningRateAt, learningRateOfBudget } from './schedule.ts';

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

test.each(['linear', 'cosine'] as const)(
  '%s over a budget: from zero to the peak, down to zero at its end',
  (decay) => {
    const schedule = { peak: 2e-3, warmup: 0.1, decay };
    expect(learningRateOfBudget(0, schedule)).toBe(0);
    expect(learningRateOfBudget(0.05, schedule)).toBeCloseTo(1e-3, 12);
    expect(learningRateOfBudget(0.1, schedule)).toBeCloseTo(2e-3, 12);
    expect(learningRateOfBudget(0.55, schedule)).toBeCloseTo(1e-3, 12);
    expect(learningRateOfBudget(0.325, schedule)).toBeCloseTo(
      decay === 'linear' ? 1.5e-3 : 1e-3 * (1 + Math.SQRT1_2),
      12,
    );
    expect(learningRateOfBudget(1, schedule)).toBeCloseTo(0, 12);
  },
);

test('a budget without warm-up starts at the peak', () => {
  expect(learningRateOfBudget(0, { peak: 1, warmup: 0, decay: 'cosine' })).toBe(1);
});
