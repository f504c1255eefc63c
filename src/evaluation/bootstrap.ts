/**
 * Bootstrap intervals of micro-F1, by document.
 *
 * The sentences of one document are not independent, so whole documents are drawn, with replacement, as many as there
 * are. The comparison of two systems is paired: both are scored on the same draws. F1 needs three counts a document
 * and system, so a resample only adds up counts.
 */
import { quantile } from '../foundation/quantile.ts';
import { RandomStream } from '../foundation/random.ts';
import { f1Of, type Label } from './scores.ts';

/** 95%, by the percentiles of the resampled values. */
export type Interval = readonly [lower: number, upper: number];

export interface ResampleOptions {
  seed: number;
  /** 1,000 unless given. */
  resamples?: number;
}

export interface BootstrapOptions extends ResampleOptions {
  /** The document of each example. */
  documents: readonly string[];
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

/** Of one system, for each document: relations predicted rightly, predicted, and in the gold data. */
export interface DocumentCounts {
  readonly correct: Int32Array;
  readonly predicted: Int32Array;
  readonly gold: Int32Array;
}

/** Micro-F1 with its interval. @throws RangeError where the lists differ in length. */
export function bootstrapF1(
  gold: readonly Label[],
  predicted: readonly Label[],
  { documents, ...options }: BootstrapOptions,
): F1Interval {
  return bootstrapF1OfCounts(countByDocument(gold, [predicted], documents)[0]!, options);
}

/** As `bootstrapF1`, from counts. */
export function bootstrapF1OfCounts(counts: DocumentCounts, options: ResampleOptions): F1Interval {
  const { observed, resampled } = resample([counts], options);
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
  { documents, ...options }: BootstrapOptions,
): F1Difference {
  const [one, other] = countByDocument(gold, [first, second], documents);
  return bootstrapDifferenceOfCounts(one!, other!, options);
}

/** As `bootstrapDifference`, from counts of the same documents. */
export function bootstrapDifferenceOfCounts(
  first: DocumentCounts,
  second: DocumentCounts,
  options: ResampleOptions,
): F1Difference {
  const { observed, resampled } = resample([first, second], options);
  const differences = resampled.map(([f1First, f1Second]) => f1Second! - f1First!);
  const wins = differences.reduce((sum, difference) => sum + (difference > 0 ? 1 : difference === 0 ? 0.5 : 0), 0);
  return {
    difference: observed[1]! - observed[0]!,
    interval: percentileInterval(differences),
    secondIsBetter: wins / differences.length,
  };
}

/** The counts of each system, documents in the order in which they are met. */
function countByDocument(
  gold: readonly Label[],
  systems: readonly (readonly Label[])[],
  documents: readonly string[],
): DocumentCounts[] {
  for (const list of [documents, ...systems]) {
    if (list.length !== gold.length) throw new RangeError(`${gold.length} gold labels, but a list of ${list.length}`);
  }
  const places = new Map<string, number>();
  for (const document of documents) if (!places.has(document)) places.set(document, places.size);
  const goldCounts = new Int32Array(places.size);
  gold.forEach((label, i) => {
    if (label !== null) goldCounts[places.get(documents[i]!)!]!++;
  });
  return systems.map((system) => {
    const correct = new Int32Array(places.size);
    const predicted = new Int32Array(places.size);
    system.forEach((guess, i) => {
      if (guess === null) return;
      const place = places.get(documents[i]!)!;
      predicted[place]!++;
      if (guess === gold[i]) correct[place]!++;
    });
    return { correct, predicted, gold: goldCounts };
  });
}

/** Micro-F1 of each system on the data itself, and on each resample. */
function resample(
  systems: readonly DocumentCounts[],
  { seed, resamples = 1000 }: ResampleOptions,
): { observed: number[]; resampled: number[][] } {
  const count = systems[0]!.gold.length;
  const f1OfDocuments = (chosen: Int32Array): number[] => {
    const total = (counts: Int32Array): number => {
      let sum = 0;
      for (const place of chosen) sum += counts[place]!;
      return sum;
    };
    return systems.map(({ correct, predicted, gold }) => f1Of(total(correct), total(predicted), total(gold)));
  };

  const stream = RandomStream.named(seed, 'bootstrap');
  const all = Int32Array.from({ length: count }, (_, place) => place);
  const draw = new Int32Array(count);
  const resampled = Array.from({ length: resamples }, () => {
    for (let i = 0; i < count; i++) draw[i] = stream.integer(count);
    return f1OfDocuments(draw);
  });
  return { observed: f1OfDocuments(all), resampled };
}

/** The middle 95% of values. */
function percentileInterval(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}
