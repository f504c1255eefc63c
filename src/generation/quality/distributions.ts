/** Distributions of a figure over sentences: quantiles, and how far two lie apart. */
import { quantile } from '../../foundation/quantile.ts';

/** What quantiles are given, as shares of the sentences. */
export const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;

export interface Distribution {
  mean: number;
  /** At `QUANTILES`: least, 5%, 25%, median, 75%, 95%, most. */
  quantiles: number[];
}

/** `undefined` of no values. */
export function distributionOf(values: readonly number[]): Distribution | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { mean, quantiles: QUANTILES.map((share) => quantile(sorted, share)) };
}

/**
 * Wasserstein-1 distance of two samples, in the values' own unit: how far a value must be moved on average to make one distribution of the
 * other, ∫ |F(x) − G(x)| dx. `undefined` where one is empty.
 */
export function wassersteinDistance(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  const [left, right] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  const values = Float64Array.from([...left, ...right]).sort();
  let [i, j, distance] = [0, 0, 0];
  for (let k = 0; k + 1 < values.length; k++) {
    while (i < left.length && left[i]! <= values[k]!) i++;
    while (j < right.length && right[j]! <= values[k]!) j++;
    distance += Math.abs(i / left.length - j / right.length) * (values[k + 1]! - values[k]!);
  }
  return distance;
}
