/**
 * A figure over the seeds of an experiment.
 *
 * Seeds are few, and each is a training of its own on its own draw of the data. The interval is Student's t interval of the mean: what
 * the mean of many more seeds may be, as far as seeds differ as a normal distribution does. It does not hold what another corpus would change, nor, where
 * all seeds are tested on the same sentences, another test set.
 */
export interface OverSeeds {
  readonly seeds: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  /** Of a sample: n − 1 below; undefined for one seed. */
  readonly deviation: number | undefined;
  /** 95%; undefined for one seed. */
  readonly interval: readonly [number, number] | undefined;
}

/** Two-sided 95% quantiles of Student's t by degrees of freedom, from 1. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131];
/** The same of the normal distribution. */
const NORMAL = 1.959964;

/** The quantile for any degrees of freedom; beyond the table by its expansion around the normal distribution's, within 0.001 there. */
function quantile(freedom: number): number {
  const z = NORMAL;
  return T[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}

/** @throws RangeError for no values. */
export function overSeeds(values: readonly number[]): OverSeeds {
  const seeds = values.length;
  if (seeds === 0) throw new RangeError('no seeds');
  const mean = values.reduce((sum, value) => sum + value, 0) / seeds;
  const extremes = { least: Math.min(...values), most: Math.max(...values) };
  if (seeds === 1) return { seeds, mean, ...extremes, deviation: undefined, interval: undefined };
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seeds - 1));
  const half = (quantile(seeds - 1) * deviation) / Math.sqrt(seeds);
  return { seeds, mean, ...extremes, deviation, interval: [mean - half, mean + half] };
}
