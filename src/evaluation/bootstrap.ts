/**
 * Bootstrap intervals of micro-F1, by document.
 *
 * The sentences of one document are not independent, so whole documents are drawn, with replacement, as many as there
 * are. The comparison of two systems is paired: both are scored on the same draws. F1 needs three counts a document
 * and system, so a resample only adds up counts. The draws are of documents in the order in which they are met: the
 * order of the examples within a document changes nothing, another order of the documents is another draw.
 */
import { quantile } from '../foundation/quantile.ts';
import { RandomStream } from '../foundation/random.ts';
import { f1Of, type Label } from './scores.ts';

/** By the percentiles of the resampled values: 95% unless said otherwise. */
export type Interval = readonly [lower: number, upper: number];

export interface ResampleOptions {
  seed: number;
  /** 1,000 unless given; more where many intervals are to hold together. */
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

/** Two systems' counts of the same documents. */
export interface CountPair {
  readonly first: DocumentCounts;
  readonly second: DocumentCounts;
}

/** As `bootstrapDifference`, from counts of the same documents. */
export function bootstrapDifferenceOfCounts(
  first: DocumentCounts,
  second: DocumentCounts,
  options: ResampleOptions,
): F1Difference {
  return bootstrapDifferences([{ first, second }], options)[0]!;
}

/** Intervals for which 1,000 resamples do: beyond a limit of each there are still 5. */
const FEW_INTERVALS = 5;

/**
 * The differences of several pairs, all on the same draws. Their intervals hold together with 95%: each is a 1 − 0.05/n interval (Bonferroni).
 * @throws RangeError without pairs.
 */
export function bootstrapDifferences(pairs: readonly CountPair[], options: ResampleOptions): F1Difference[] {
  const { observed, resampled } = resample(
    pairs.flatMap(({ first, second }) => [first, second]),
    { resamples: 1000 * Math.ceil(pairs.length / FEW_INTERVALS), ...options },
  );
  return pairs.map((_, pair) => {
    const differenceIn = (f1: readonly number[]): number => f1[2 * pair + 1]! - f1[2 * pair]!;
    const differences = resampled.map(differenceIn);
    const wins = differences.reduce((sum, difference) => sum + (difference > 0 ? 1 : difference === 0 ? 0.5 : 0), 0);
    return {
      difference: differenceIn(observed),
      interval: percentileInterval(differences, 0.05 / pairs.length),
      secondIsBetter: wins / differences.length,
    };
  });
}

/** The counts of each system, documents in the order in which they are met. @throws RangeError where the lists differ in length. */
export function countByDocument(
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
  if (systems.length === 0) throw new RangeError('there is nothing to resample');
  const count = systems[0]!.gold.length;
  // Of a rare relation most documents have nothing to count.
  const counted = systems.map(({ predicted, gold }) =>
    Int32Array.from(gold.keys()).filter((place) => predicted[place]! > 0 || gold[place]! > 0),
  );
  /** @param times how often each document was drawn. */
  const f1OfDraw = (times: Int32Array): number[] =>
    systems.map((system, index) => {
      let [correct, predicted, gold] = [0, 0, 0];
      for (const place of counted[index]!) {
        correct += times[place]! * system.correct[place]!;
        predicted += times[place]! * system.predicted[place]!;
        gold += times[place]! * system.gold[place]!;
      }
      return f1Of(correct, predicted, gold);
    });

  const stream = RandomStream.named(seed, 'bootstrap');
  const times = new Int32Array(count).fill(1);
  const observed = f1OfDraw(times);
  const resampled = Array.from({ length: resamples }, () => {
    times.fill(0);
    for (let i = 0; i < count; i++) times[stream.integer(count)]!++;
    return f1OfDraw(times);
  });
  return { observed, resampled };
}

/** The middle of values: all but this share of them. */
function percentileInterval(values: readonly number[], outside = 0.05): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  return [quantile(sorted, outside / 2), quantile(sorted, 1 - outside / 2)];
}
