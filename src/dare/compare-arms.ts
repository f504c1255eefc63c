/**
 * What is between the arms of a run: which are compared, and what their labels say.
 *
 * One arm is compared with each of the others: DARE, or where it is not there the pool that was given, or gold only, or the first. Where DARE and a given
 * pool are there, the pool is compared with gold as well: both ways of adding sentences then have the control that shows what they add. Gold only
 * always stands second, as a difference is read as what was gained over it.
 */
import {
  bootstrapDifference,
  bootstrapDifferenceOfCounts,
  bootstrapDifferences,
  countByDocument,
  type DocumentCounts,
} from '../evaluation/bootstrap.ts';
import { holmCorrection, mcNemarTest, type McNemarResult } from '../evaluation/mcnemar.ts';
import type { Label } from '../evaluation/scores.ts';
import type { Arm } from './arms/arms.ts';
import type { Comparison } from './run-scores.ts';

/** Labels of examples, with the document that each is of. */
export interface LabelledData {
  readonly labels: readonly Label[];
  readonly documents: readonly string[];
}

/** How the labels of one system compare with another's. */
export interface PairedComparison {
  /** Micro-F1 of the first minus the second's. */
  readonly difference: number;
  /** 95% paired bootstrap interval of the difference, by document. */
  readonly interval: [number, number];
  /** Share of the resamples in which the first is better; equal ones count half. */
  readonly firstIsBetter: number;
  /** Exact two-sided McNemar test of the labels, null included. */
  readonly mcNemar: McNemarResult;
}

/** What an arm says of the examples, and what that comes to in facts of documents where the corpus has these. */
export interface ArmLabels {
  readonly arm: Arm;
  readonly predicted: readonly Label[];
  readonly factCounts?: DocumentCounts | undefined;
}

/** The arms that are compared, in the order in which the comparisons are shown. */
export function comparedPairs(arms: readonly Arm[]): [first: Arm, second: Arm][] {
  const reference = (['dare', 'pool', 'gold'] as const).find((arm) => arms.includes(arm)) ?? arms[0];
  if (reference === undefined) return [];
  const others = arms.filter((arm) => arm !== reference);
  const pairs = others.map((arm): [Arm, Arm] => (reference === 'gold' ? [arm, reference] : [reference, arm]));
  const isPoolToo = reference === 'dare' && arms.includes('pool') && arms.includes('gold');
  return isPoolToo ? [...pairs, ['pool', 'gold']] : pairs;
}

/** The comparisons of a run; p-values are corrected for their number. */
export function compareArms(
  data: LabelledData,
  relations: readonly string[],
  arms: readonly ArmLabels[],
  seed: number,
): Comparison[] {
  const labelsOf = (name: Arm): ArmLabels => arms.find(({ arm }) => arm === name)!;
  const compared = comparedPairs(arms.map(({ arm }) => arm)).map((pair) => {
    const [first, second] = [labelsOf(pair[0]), labelsOf(pair[1])];
    return { first, second, ...compareLabels(data, first.predicted, second.predicted, seed) };
  });
  const adjusted = holmCorrection(compared.map(({ mcNemar }) => mcNemar.pValue));
  return compared.map(({ first, second, mcNemar, ...pair }, index) => {
    const facts =
      first.factCounts &&
      second.factCounts &&
      bootstrapDifferenceOfCounts(second.factCounts, first.factCounts, { seed });
    return {
      ...{ first: first.arm, second: second.arm },
      ...pair,
      relations: compareRelations(data, relations, first.predicted, second.predicted, seed),
      mcNemar: { ...mcNemar, adjusted: adjusted[index]! },
      ...(facts && { documents: { difference: facts.difference, interval: [...facts.interval] } }),
    };
  });
}

/** Compares two systems on the same examples. @throws RangeError where the lists differ in length. */
export function compareLabels(
  { labels, documents }: LabelledData,
  first: readonly Label[],
  second: readonly Label[],
  seed: number,
): PairedComparison {
  const isRight = (predicted: readonly Label[]): boolean[] => predicted.map((label, index) => label === labels[index]);
  const { difference, interval, secondIsBetter } = bootstrapDifference(labels, second, first, { documents, seed });
  return {
    difference,
    interval: [...interval],
    firstIsBetter: secondIsBetter,
    mcNemar: mcNemarTest(isRight(first), isRight(second)),
  };
}

/** The difference in F1 of each relation, on the same draws of documents; the intervals hold for all relations together. */
function compareRelations(
  { labels, documents }: LabelledData,
  relations: readonly string[],
  first: readonly Label[],
  second: readonly Label[],
  seed: number,
): Comparison['relations'] {
  const pairs = relations.map((relation) => {
    const [own, other] = [first, second].map((predicted) => onlyLabel(relation, predicted));
    const [ofFirst, ofSecond] = countByDocument(onlyLabel(relation, labels), [own!, other!], documents);
    // Differences are of the second over the first.
    return { first: ofSecond!, second: ofFirst! };
  });
  const differences = bootstrapDifferences(pairs, { seed });
  return Object.fromEntries(
    relations.map((relation, index) => {
      const { difference, interval } = differences[index]!;
      return [relation, { difference, interval: [...interval] }];
    }),
  );
}

/** Labels in which every other relation counts as null. */
export const onlyLabel = (relation: string, labels: readonly Label[]): Label[] =>
  labels.map((label) => (label === relation ? label : null));
