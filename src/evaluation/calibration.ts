/**
 * Whether probabilities mean what they say.
 *
 * Of the examples to which a calibrated system gives 0.8, eight in ten are as it says. The reliability curve sets
 * confidence (the probability of the most probable label, null included) against accuracy, bin by bin; temperature
 * scaling (Guo et al., 2017) mends what a single number can: probabilities become p^(1/T), scaled to sum to one, with
 * the T that makes the validation labels most likely. It changes no order, so no label.
 */
import type { Label } from './scores.ts';
import type { Probabilities } from './threshold.ts';

export interface ReliabilityBin {
  /** Means over the bin's examples. */
  confidence: number;
  accuracy: number;
  count: number;
}

export interface Calibration {
  /** Bins of equal width over confidence; empty ones are left out. */
  bins: ReliabilityBin[];
  /** Expected calibration error: mean |confidence − accuracy| of the bins, by their share of the examples. */
  expectedError: number;
  /** Mean −ln of the gold label's probability, in nats. */
  negativeLogLikelihood: number;
  /** Mean squared distance between the probabilities and the gold label's one-hot row (0 to 2). */
  brierScore: number;
}

/** Probabilities never count as less, so that one certain error is not infinite. */
const SMALLEST = 1e-12;

/**
 * How well probabilities are calibrated.
 * @param rows probabilities of each example: L in its order, then null.
 * @throws RangeError where the lists differ in length or are empty.
 */
export function calibrationOf(
  rows: readonly Probabilities[],
  gold: readonly Label[],
  relations: readonly string[],
  binCount = 10,
): Calibration {
  const places = goldPlaces(rows, gold, relations);
  const bins = Array.from({ length: binCount }, () => ({ confidence: 0, correct: 0, count: 0 }));
  let brier = 0;
  rows.forEach((row, i) => {
    const probabilities = Array.from(row);
    const confidence = Math.max(...probabilities);
    const bin = bins[Math.min(binCount - 1, Math.floor(confidence * binCount))]!;
    bin.confidence += confidence;
    bin.correct += probabilities.indexOf(confidence) === places[i] ? 1 : 0;
    bin.count++;
    brier += probabilities.reduce((sum, p, place) => sum + (p - (place === places[i] ? 1 : 0)) ** 2, 0);
  });
  const filled = bins
    .filter(({ count }) => count > 0)
    .map(({ confidence, correct, count }) => ({ confidence: confidence / count, accuracy: correct / count, count }));
  const distance = filled.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0);
  return {
    bins: filled,
    expectedError: distance / rows.length,
    negativeLogLikelihood: meanLoss(rows, places, 1),
    brierScore: brier / rows.length,
  };
}

/** Temperatures are looked for between these. */
const COLDEST = 0.05;
const HOTTEST = 20;

/**
 * The temperature under which the labels are most likely, by golden section in 1/T to six digits. 1 where there is nothing to learn from.
 *
 * The loss has a single minimum in 1/T, except where probabilities are cut off at the smallest that counts: what is found is then compared with
 * the ends of the search and with 1, so that a fitted temperature is never worse than none.
 * @throws RangeError where the lists differ in length.
 */
export function fitTemperature(
  rows: readonly Probabilities[],
  gold: readonly Label[],
  relations: readonly string[],
): number {
  if (rows.length === 0 && gold.length === 0) return 1;
  const places = goldPlaces(rows, gold, relations);
  const loss = (inverse: number): number => meanLoss(rows, places, 1 / inverse);
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [1 / HOTTEST, 1 / COLDEST];
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
  let [lossLeft, lossRight] = [loss(left), loss(right)];
  while (high - low > 1e-6) {
    if (lossLeft <= lossRight) {
      [high, right, lossRight] = [right, left, lossLeft];
      left = high - golden * (high - low);
      lossLeft = loss(left);
    } else {
      [low, left, lossLeft] = [left, right, lossRight];
      right = low + golden * (high - low);
      lossRight = loss(right);
    }
  }
  const candidates = [1, 2 / (low + high), COLDEST, HOTTEST].map((temperature) => ({
    temperature,
    loss: meanLoss(rows, places, temperature),
  }));
  return candidates.reduce((best, each) => (each.loss < best.loss ? each : best)).temperature;
}

/** A row under a temperature: above 1 it is less sure of itself, below 1 surer. */
export function withTemperature(row: Probabilities, temperature: number): number[] {
  const logits = Array.from(row, (p) => Math.log(Math.max(p, SMALLEST)) / temperature);
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function meanLoss(rows: readonly Probabilities[], places: readonly number[], temperature: number): number {
  const loss = rows.reduce(
    (sum, row, i) => sum - Math.log(Math.max(withTemperature(row, temperature)[places[i]!]!, SMALLEST)),
    0,
  );
  return loss / rows.length;
}

/** Of each example, the place of its gold label in a row. */
function goldPlaces(
  rows: readonly Probabilities[],
  gold: readonly Label[],
  relations: readonly string[],
): readonly number[] {
  if (rows.length !== gold.length) throw new RangeError(`${gold.length} gold labels, but ${rows.length} rows`);
  if (rows.length === 0) throw new RangeError('calibration needs examples');
  return gold.map((label) => (label === null ? relations.length : relations.indexOf(label)));
}
