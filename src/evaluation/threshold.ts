/**
 * From probabilities to labels: the best relation where it is probable enough, else null.
 *
 * A row of probabilities has |L| + 1 entries: the relations in the order of L, then null. The label is the argmax
 * over the relations when its probability reaches the threshold t; the probability of null does not enter. t is the
 * one that maximises micro-F1 on the validation data.
 */
import { f1Of, type Label } from './scores.ts';

/** One example's probabilities: L in its order, then null. */
export type Probabilities = ArrayLike<number>;

/** The relation of highest probability (the earlier in L where two are equal), by its place in L. */
export function bestRelation(row: Probabilities, relationCount: number): { place: number; probability: number } {
  let place = 0;
  for (let i = 1; i < relationCount; i++) if (row[i]! > row[place]!) place = i;
  return { place, probability: row[place]! };
}

/** The label of one example under a threshold. */
export function labelOf(row: Probabilities, relations: readonly string[], threshold: number): Label {
  const { place, probability } = bestRelation(row, relations.length);
  return probability >= threshold ? relations[place]! : null;
}

/** An example by its best relation. */
export interface RankedExample {
  readonly probability: number;
  /** Whether its best relation is the gold label. */
  readonly correct: boolean;
}

/** The examples in descending order of their best relation's probability: a threshold accepts a beginning of it. */
export function rankByProbability(
  rows: readonly Probabilities[],
  gold: readonly Label[],
  relations: readonly string[],
): RankedExample[] {
  return rows
    .map((row, i) => {
      const { place, probability } = bestRelation(row, relations.length);
      return { probability, correct: relations[place] === gold[i] };
    })
    .sort((a, b) => b.probability - a.probability);
}

/** What is taken where validation data cannot tell: there is none, or no threshold gets anything right. */
export const NEUTRAL_THRESHOLD = 0.5;

/**
 * The threshold that maximises micro-F1: exact, in O(n log n).
 *
 * Only the order of the best relations' probabilities matters: a threshold accepts a beginning of the descending
 * order. Of the cuts with the highest F1 the one with the widest gap between the probabilities on its two sides is
 * taken (0 counts as the last neighbour), the higher of equally wide ones, and the threshold is put in the middle of
 * the gap: the choice that small shifts of the probabilities disturb least.
 */
export function chooseThreshold(
  rows: readonly Probabilities[],
  gold: readonly Label[],
  relations: readonly string[],
): { threshold: number; f1: number } {
  const ranked = rankByProbability(rows, gold, relations);
  const goldCount = gold.filter((label) => label !== null).length;

  let best = { threshold: NEUTRAL_THRESHOLD, f1: 0, gap: 0 };
  let correct = 0;
  ranked.forEach((example, i) => {
    if (example.correct) correct++;
    const upper = example.probability;
    const lower = ranked[i + 1]?.probability ?? 0;
    const gap = upper - lower;
    if (i + 1 < ranked.length && gap === 0) return; // No threshold divides equal probabilities.
    const f1 = f1Of(correct, i + 1, goldCount);
    if (f1 > best.f1 || (f1 > 0 && f1 === best.f1 && gap > best.gap)) {
      const middle = lower + gap / 2;
      best = { threshold: middle > lower ? middle : upper, f1, gap };
    }
  });
  return { threshold: best.threshold, f1: best.f1 };
}
