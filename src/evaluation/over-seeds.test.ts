import fc from 'fast-check';
import { expect, it } from 'vitest';
import { overSeeds } from './over-seeds.ts';

it('gives mean, extremes and the t interval of the mean', () => {
  const { mean, least, most, deviation, interval } = overSeeds([0.6, 0.7, 0.62]);
  expect(mean).toBeCloseTo(0.64, 10);
  expect([least, most]).toEqual([0.6, 0.7]);
  expect(deviation).toBeCloseTo(0.0529, 4);
  // scipy.stats.t.interval(0.95, 2, 0.64, 0.0529150 / 3 ** 0.5)
  expect(interval![0]).toBeCloseTo(0.5086, 3);
  expect(interval![1]).toBeCloseTo(0.7714, 3);
});

it('knows the t distribution beyond its table', () => {
  const halfWidths = [17, 31].map((seeds) => {
    const { deviation, interval, mean } = overSeeds(Array.from({ length: seeds }, (_, index) => index));
    return ((interval![1] - mean) / deviation!) * Math.sqrt(seeds);
  });
  // scipy.stats.t.ppf(0.975, 16), (0.975, 30)
  expect(halfWidths[0]).toBeCloseTo(2.1199, 2);
  expect(halfWidths[1]).toBeCloseTo(2.0423, 2);
});

it('says nothing of the spread of one seed', () => {
  expect(overSeeds([0.5])).toEqual({
    seeds: 1,
    mean: 0.5,
    least: 0.5,
    most: 0.5,
    deviation: undefined,
    interval: undefined,
  });
  expect(() => overSeeds([])).toThrow(RangeError);
});

const figures = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 40 });

it('does not depend on the order of the seeds, and its mean lies in the middle of its interval, between least and most', () => {
  fc.assert(
    fc.property(figures, (values) => {
      const { mean, least, most, interval, deviation } = overSeeds(values);
      const turned = overSeeds(values.toReversed());
      expect(turned.mean).toBeCloseTo(mean, 12);
      expect(turned.deviation).toBeCloseTo(deviation!, 12);
      expect(mean).toBeGreaterThanOrEqual(least - 1e-12);
      expect(mean).toBeLessThanOrEqual(most + 1e-12);
      expect((interval![0] + interval![1]) / 2).toBeCloseTo(mean, 12);
    }),
  );
});

it('moves and widens with its figures', () => {
  const factor = fc.double({ min: 0.1, max: 10, noNaN: true });
  fc.assert(
    fc.property(figures, factor, fc.double({ min: -5, max: 5, noNaN: true }), (values, scale, shift) => {
      const plain = overSeeds(values);
      const moved = overSeeds(values.map((value) => scale * value + shift));
      expect(moved.mean).toBeCloseTo(scale * plain.mean + shift, 9);
      expect(moved.deviation).toBeCloseTo(scale * plain.deviation!, 9);
      plain.interval!.forEach((limit, side) => expect(moved.interval![side]).toBeCloseTo(scale * limit + shift, 9));
    }),
  );
});
