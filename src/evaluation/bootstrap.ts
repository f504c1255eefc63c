/**
 * Bootstrap intervals of micro-F1, by document.
 *
 * The sentences of one document are not independent, so whole documents are drawn, with replacement, as many as there
 * are. The comparison of two systems is paired: both are scored on the same draws. F1 needs three counts a document
 * and system, so a resample only adds up counts.
 */
import { RandomStream } from '../foundation/random.ts';
import { f1Of, type Label } from './scores.ts';

/** 95%, by the percentiles of the resampled values. */
export type Interval = readonly [lower: number, upper: number];

export interface BootstrapOptions {
  /** The document of each example. */
  documents: readonly string[];
  seed: number;
  /** 1,000 unless given. */
  resamples?: number;
}

export interface F1Interval {
  f1: number;
  interval: Interval;
}

export interface F1Difference {
  /** Micro-F1 of the second system minus that of the first. */
  difference: number;
  interval: Interval;
  /** Share of the resamples in which the second system is better; equal ones count half. */
  secondIsBetter: number;
}

/** Micro-F1 with its interval. @throws RangeError where the lists differ in length. */
export function bootstrapF1(
  gold: readonly Label[],
  predicted: readonly Label[],
  options: BootstrapOptions,
): F1Interval {
  const { observed, resampled } = resample(gold, [predicted], options);
  return { f1: observed[0]!, interval: percentileInterval(resampled.map(([f1]) => f1!)) };
}

/**
 * The paired difference in micro-F1 between two systems with its interval. @throws RangeError where the lists differ
 * in length.
 */
export function bootstrapDifference(
  gold: readonly Label[],
  first: readonly Label[],
  second: readonly Label[],
  options: BootstrapOptions,
): F1Difference {
  const { observed, resampled } = resample(gold, [first, second], options);
  const differences = resampled.map(([f1First, f1Second]) => f1Second! - f1First!);
  const wins = differences.reduce((sum, difference) => sum + (difference > 0 ? 1 : difference === 0 ? 0.5 : 0), 0);
  return {
    difference: observed[1]! - observed[0]!,
    interval: percentileInterval(differences),
    secondIsBetter: wins / differences.length,
  };
}

/** Micro-F1 of each system on the data itself, and on each resample. */
function resample(
  gold: readonly Label[],
  systems: readonly (readonly Label[])[],
  { documents, seed, resamples = 1000 }: BootstrapOptions,
): { observed: number[]; resampled: number[][] } {
  for (const list of [documents, ...systems]) {
    if (list.length !== gold.length) throw new RangeError(`${gold.length} gold labels, but a list of ${list.length}`);
  }
  const places = new Map<string, number>();
  for (const document of documents) if (!places.has(document)) places.set(document, places.size);
  const goldCounts = new Int32Array(places.size);
  const correct = systems.map(() => new Int32Array(places.size));
  const predicted = systems.map(() => new Int32Array(places.size));
  gold.forEach((label, i) => {
    const place = places.get(documents[i]!)!;
    if (label !== null) goldCounts[place]!++;
    systems.forEach((system, s) => {
      const guess = system[i] ?? null;
      if (guess === null) return;
      predicted[s]![place]!++;
      if (guess === label) correct[s]![place]!++;
    });
  });
  const f1OfDocuments = (chosen: Int32Array): number[] => {
    const total = (counts: Int32Array): number => {
      let sum = 0;
      for (const place of chosen) sum += counts[place]!;
      return sum;
    };
    const goldTotal = total(goldCounts);
    return systems.map((_, s) => f1Of(total(correct[s]!), total(predicted[s]!), goldTotal));
  };

  const stream = RandomStream.named(seed, 'bootstrap');
  const all = Int32Array.from(places.values());
  const draw = new Int32Array(places.size);
  const resampled = Array.from({ length: resamples }, () => {
    for (let i = 0; i < draw.length; i++) draw[i] = stream.integer(draw.length);
    return f1OfDocuments(draw);
  });
  return { observed: f1OfDocuments(all), resampled };
}

/** The middle 95% of values. */
function percentileInterval(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** A quantile of ascending values, by linear interpolation between neighbours (numpy's default, type 7). */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  const above = sorted[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}
