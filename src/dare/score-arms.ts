/** From the members' votes to the scores of arms and what is between them. */
import {
  bootstrapDifference,
  bootstrapDifferenceOfCounts,
  bootstrapF1,
  bootstrapF1OfCounts,
  type DocumentCounts,
} from '../evaluation/bootstrap.ts';
import { calibrationOf, fitTemperature, withTemperature } from '../evaluation/calibration.ts';
import { countFacts, factsOf, scoreCounts } from '../evaluation/document-level.ts';
import { holmCorrection, mcNemarTest, type McNemarResult } from '../evaluation/mcnemar.ts';
import { precisionRecallCurve } from '../evaluation/precision-recall-curve.ts';
import { confusionMatrix, score, type Label } from '../evaluation/scores.ts';
import type { Arm } from './arms/arms.ts';
import { meanProbabilities, vote } from './ensemble.ts';
import { countCollapse, type MemberRecord } from './member.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';
import type { ArmScores, Comparison, Prediction, RunScores } from './run-scores.ts';

/** What a member says of the data that it is measured on; rows are L in its order, then null. */
export interface MemberOutput {
  readonly threshold: number;
  readonly validation: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
  readonly record: MemberRecord;
}

export interface ArmOutput {
  readonly arm: Arm;
  readonly members: readonly MemberOutput[];
}

type ScoredCorpus = Pick<PreparedCorpus, 'relations' | 'validation' | 'test' | 'testFacts'>;

interface Scored {
  readonly arm: Arm;
  readonly predicted: readonly Label[];
  readonly probabilities: readonly (readonly number[])[];
  readonly scores: ArmScores;
  readonly factCounts: DocumentCounts | undefined;
}

/** Scores all arms on the test data, and DARE against each other arm. */
export function scoreArms(
  corpus: ScoredCorpus,
  outputs: readonly ArmOutput[],
  seed: number,
): { scores: RunScores; predictions: Prediction[] } {
  const scored = outputs.map((output) => scoreArm(corpus, output, seed));
  const own = scored.find(({ arm }) => arm === 'dare');
  const others = own ? scored.filter((each) => each !== own) : [];
  return {
    scores: {
      definition: definitionOf(corpus.relations),
      relations: corpus.relations,
      arms: Object.fromEntries(scored.map(({ arm, scores }) => [arm, scores])),
      comparisons: own ? compare(corpus, own, others, seed) : [],
    },
    predictions: corpus.test.map(({ id, document, relation }, index) => ({
      ...{ id, document, relation },
      predicted: Object.fromEntries(scored.map(({ arm, predicted }) => [arm, predicted[index] ?? null])),
      probabilities: Object.fromEntries(scored.map(({ arm, probabilities }) => [arm, probabilities[index]!])),
    })),
  };
}

function definitionOf(relations: readonly string[]): string {
  return (
    `micro-F1 over ${relations.join(', ')}: 2 · right / (predicted + gold), counting examples of these relations; ` +
    'null, where no relation holds, is no class of its own'
  );
}

const labelsOf = (examples: readonly { relation: string | null }[]): Label[] =>
  examples.map(({ relation }) => relation);

function scoreArm(corpus: ScoredCorpus, { arm, members }: ArmOutput, seed: number): Scored {
  const { relations, validation, test, testFacts } = corpus;
  const gold = labelsOf(test);
  const documents = test.map(({ document }) => document);
  const votes = members.map((member) => ({ threshold: member.threshold, probabilities: member.test }));
  const predicted = vote(votes, relations, test.length);
  const whole = score(gold, predicted, relations);
  const intervalOf = (of: readonly Label[], said: readonly Label[]): [number, number] => [
    ...bootstrapF1(of, said, { documents, seed }).interval,
  ];
  const only = (relation: string, labels: readonly Label[]): Label[] =>
    labels.map((label) => (label === relation ? label : null));

  const probabilities = meanProbabilities(members.map((member) => member.test));
  const temperature = fitTemperature(
    meanProbabilities(members.map((member) => member.validation)),
    labelsOf(validation),
    relations,
  );
  const scaled = probabilities.map((row) => withTemperature(row, temperature));
  const factCounts = testFacts && countFacts(factsOf(test.map(conceptsOf), predicted), testFacts);
  return {
    arm,
    predicted,
    probabilities,
    factCounts,
    scores: {
      ...whole,
      interval: intervalOf(gold, predicted),
      relations: Object.fromEntries(
        relations.map((relation) => [
          relation,
          { ...whole.relations[relation]!, interval: intervalOf(only(relation, gold), only(relation, predicted)) },
        ]),
      ),
      ...(factCounts && {
        documents: { ...scoreCounts(factCounts), interval: [...bootstrapF1OfCounts(factCounts, { seed }).interval] },
      }),
      members: members.length,
      memberF1: votes.map((member) => score(gold, vote([member], relations, test.length), relations).f1),
      thresholds: members.map(({ threshold }) => threshold),
      collapse: countCollapse(members.map(({ record }) => record)),
      confusion: confusionMatrix(gold, predicted, relations),
      curve: precisionRecallCurve(probabilities, gold, relations),
      calibration: {
        temperature,
        before: calibrationOf(probabilities, gold, relations),
        after: calibrationOf(scaled, gold, relations),
      },
    },
  };
}

const conceptsOf = ({ document, concepts }: PreparedCorpus['test'][number]) => ({
  document,
  heads: concepts?.head ?? [],
  tails: concepts?.tail ?? [],
});

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

/** One arm with each of the others; p-values are corrected for their number. */
function compare({ test }: ScoredCorpus, first: Scored, others: readonly Scored[], seed: number): Comparison[] {
  const data = { labels: labelsOf(test), documents: test.map(({ document }) => document) };
  const pairs = others.map((second) => compareLabels(data, first.predicted, second.predicted, seed));
  const adjusted = holmCorrection(pairs.map(({ mcNemar }) => mcNemar.pValue));
  return others.map((second, index) => {
    const pair = pairs[index]!;
    const facts =
      first.factCounts &&
      second.factCounts &&
      bootstrapDifferenceOfCounts(second.factCounts, first.factCounts, { seed });
    return {
      ...{ first: first.arm, second: second.arm },
      ...pair,
      mcNemar: { ...pair.mcNemar, adjusted: adjusted[index]! },
      ...(facts && { documents: { difference: facts.difference, interval: [...facts.interval] } }),
    };
  });
}
