import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributionOf, wassersteinDistance } from './distributions.ts';

const sample = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 });

describe('distributionOf', () => {
  it('gives quantiles by interpolation', () => {
    expect(distributionOf([5, 1, 4, 2, 3])).toEqual({ mean: 3, quantiles: [1, 1.2, 2, 3, 4, 4.8, 5] });
    expect(distributionOf([7])).toEqual({ mean: 7, quantiles: Array(7).fill(7) });
    expect(distributionOf([])).toBeUndefined();
  });
});

describe('wassersteinDistance', () => {
  it('is the mean way that values must be moved', () => {
    expect(wassersteinDistance([1, 3], [2, 6])).toBe(2);
    // scipy.stats.wasserstein_distance([0, 1, 3], [5, 6, 8, 8]) is 5.4166…
    expect(wassersteinDistance([0, 1, 3], [5, 6, 8, 8])).toBeCloseTo(5 + 5 / 12, 12);
    expect(wassersteinDistance([], [1])).toBeUndefined();
  });

  it('takes samples of any size', () => {
    expect(wassersteinDistance(Array<number>(200_000).fill(1), [3])).toBeCloseTo(2, 10);
  });

  it('is a metric, and equals the shift between equal shapes', () => {
    fc.assert(
      fc.property(sample, sample, sample, fc.integer({ min: 0, max: 30 }), (a, b, c, shift) => {
        const distance = (x: number[], y: number[]): number => wassersteinDistance(x, y)!;
        expect(distance(a, a)).toBe(0);
        expect(distance(a, b)).toBeCloseTo(distance(b, a), 10);
        expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c) + 1e-9);
        expect(
          distance(
            a,
            a.map((value) => value + shift),
          ),
        ).toBeCloseTo(shift, 10);
      }),
    );
  });
});
