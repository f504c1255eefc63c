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
