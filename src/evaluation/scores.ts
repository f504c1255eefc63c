/**
 * Precision, recall and F1 over relations.
 *
 * Null ("no relation holds") is no class of its own: predicting it rightly earns nothing, predicting a relation where
 * none holds costs precision, predicting null where one holds costs recall. A relation taken for another costs both.
 *
 * A ratio of nothing to nothing is 0 (precision without predictions, recall without gold, F1 without either), as in
 * scikit-learn.
 */

/** A relation's name, or null where none holds. */
export type Label = string | null;

export interface PrecisionRecall {
  precision: number;
  recall: number;
  f1: number;
  /** How many were predicted rightly, predicted at all, and are in the gold data. */
  correct: number;
  predicted: number;
  gold: number;
}

export interface Scores extends PrecisionRecall {
  /** The unweighted mean of the relations' F1. */
  macroF1: number;
  /** In the order of L. */
  relations: Record<string, PrecisionRecall>;
}

/** F1 from counts: 2·correct / (predicted + gold), the harmonic mean of precision and recall. */
export function f1Of(correct: number, predicted: number, gold: number): number {
  return ratio(2 * correct, predicted + gold);
}

/** Precision, recall and F1 from counts. */
export function precisionRecallOf(correct: number, predicted: number, gold: number): PrecisionRecall {
  return {
    precision: ratio(correct, predicted),
    recall: ratio(correct, gold),
    f1: f1Of(correct, predicted, gold),
    correct,
    predicted,
    gold,
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/**
 * Scores predictions against gold labels: micro-averaged over the relations, and for each.
 * @param relations L, without null.
 * @throws RangeError where the lists differ in length or a label is not in L.
 */
export function score(gold: readonly Label[], predicted: readonly Label[], relations: readonly string[]): Scores {
  const { counts } = confusionMatrix(gold, predicted, relations);
  const byRelation = relations.map((relation, i) => {
    const correct = counts[i]![i]!;
    const predictedSo = counts.reduce((sum, row) => sum + row[i]!, 0);
    return [relation, precisionRecallOf(correct, predictedSo, sum(counts[i]!))] as const;
  });
  const total = (key: 'correct' | 'predicted' | 'gold'): number => sum(byRelation.map(([, scores]) => scores[key]));
  return {
    ...precisionRecallOf(total('correct'), total('predicted'), total('gold')),
    macroF1: ratio(sum(byRelation.map(([, { f1 }]) => f1)), relations.length),
    relations: Object.fromEntries(byRelation),
  };
}

export interface ConfusionMatrix {
  /** L in its order, then null. */
  labels: Label[];
  /** `counts[i][j]`: examples of gold label i that were predicted as label j. */
  counts: number[][];
}

/** How often each gold label was predicted as each label. @throws RangeError as `score`. */
export function confusionMatrix(
  gold: readonly Label[],
  predicted: readonly Label[],
  relations: readonly string[],
): ConfusionMatrix {
  if (gold.length !== predicted.length) {
    throw new RangeError(`${gold.length} gold labels, but ${predicted.length} predictions`);
  }
  const labels: Label[] = [...relations, null];
  const places = new Map(labels.map((label, i) => [label, i]));
  const placeOf = (label: Label): number => {
    const place = places.get(label);
    if (place === undefined) throw new RangeError(`label ${String(label)} is not among ${relations.join(', ')}`);
    return place;
  };
  const counts = labels.map(() => labels.map(() => 0));
  gold.forEach((label, i) => counts[placeOf(label)]![placeOf(predicted[i] ?? null)]!++);
  return { labels, counts };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
