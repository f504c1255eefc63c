/**
 * Precision and recall over thresholds: what a system could have been, had its threshold been another.
 *
 * The examples are laid in descending order of their best relation's probability; a threshold accepts a beginning of
 * that order. The system of an ensemble is the mean of its members' probabilities.
 */
import { f1Of, type Label } from './scores.ts';
import { rankByProbability, type Probabilities } from './threshold.ts';

export interface CurvePoint {
  /** The lowest probability that is still accepted. */
  threshold: number;
  precision: number;
  recall: number;
  f1: number;
}

export interface PrecisionRecallCurve {
  /** By descending threshold, so by ascending recall. */
  points: CurvePoint[];
  /**
   * Average precision: precision at every threshold, weighted by the recall that it adds (scikit-learn's
   * `average_precision_score`, over all relations at once). 0 where the gold data has no relation.
   */
  averagePrecision: number;
}

/**
 * The curve of one system.
 * @param rows probabilities of each example: L in its order, then null.
 * @param mostPoints the points are thinned to about as many, evenly in recall; the averages are of all.
 * @throws RangeError where the lists differ in length.
 */
export function precisionRecallCurve(
  rows: readonly Probabilities[],
  gold: readonly Label[],
  relations: readonly string[],
  mostPoints = 200,
): PrecisionRecallCurve {
  if (rows.length !== gold.length) throw new RangeError(`${gold.length} gold labels, but ${rows.length} rows`);
  const ranked = rankByProbability(rows, gold, relations);
  const goldCount = gold.filter((label) => label !== null).length;

  const points: CurvePoint[] = [];
  let correct = 0;
  let averagePrecision = 0;
  ranked.forEach((example, i) => {
    if (example.correct) correct++;
    if (ranked[i + 1]?.probability === example.probability) return; // No threshold divides equal probabilities.
    const precision = correct / (i + 1);
    const recall = goldCount === 0 ? 0 : correct / goldCount;
    averagePrecision += precision * (recall - (points.at(-1)?.recall ?? 0));
    points.push({ threshold: example.probability, precision, recall, f1: f1Of(correct, i + 1, goldCount) });
  });
  return { points: thinned(points, mostPoints), averagePrecision };
}

/** The first and last point, and those between that a step in recall or in rank has brought. */
function thinned(points: readonly CurvePoint[], most: number): CurvePoint[] {
  if (points.length <= most) return [...points];
  const step = 2 / most;
  let recall = -Infinity;
  let rank = -Infinity;
  return points.filter((point, i) => {
    const last = i === points.length - 1;
    if (!last && point.recall - recall < step && (i - rank) / points.length < step) return false;
    [recall, rank] = [point.recall, i];
    return true;
  });
}
