/** From the members' votes to the scores of arms. */
import { bootstrapF1, bootstrapF1OfCounts } from '../evaluation/bootstrap.ts';
import { calibrationOf, fitTemperature, withTemperature } from '../evaluation/calibration.ts';
import { countFacts, factsOf, scoreCounts } from '../evaluation/document-level.ts';
import { precisionRecallCurve } from '../evaluation/precision-recall-curve.ts';
import { confusionMatrix, score, type Label } from '../evaluation/scores.ts';
import type { Arm } from './arms/arms.ts';
import { compareArms, onlyLabel, type ArmLabels } from './compare-arms.ts';
import { meanProbabilities, vote } from './ensemble.ts';
import { countCollapse, type CollapseCounts, type MemberRecord } from './member.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';
import type { ArmScores, Prediction, RunScores } from './run-scores.ts';

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

/** What an arm's ensemble says of the test data, and what its members are. */
export interface ArmPredictions {
  readonly arm: Arm;
  /** The majority's label of each example. */
  readonly predicted: readonly Label[];
  /** Mean probabilities over the members: L in its order, then null. */
  readonly probabilities: readonly (readonly number[])[];
  /** The same under the temperature that was fitted on validation data. */
  readonly calibrated: readonly (readonly number[])[];
  readonly temperature: number;
  /** Of each member. */
  readonly memberF1: readonly number[];
  readonly thresholds: readonly number[];
  readonly collapse: CollapseCounts;
}

/** What is scored on. */
export type TestData = Pick<PreparedCorpus, 'relations' | 'test' | 'testFacts'>;

/** Scores all arms of a run on the test data, and compares them. */
export function scoreArms(
  corpus: TestData & Pick<PreparedCorpus, 'validation'>,
  outputs: readonly ArmOutput[],
  seed: number,
): { scores: RunScores; predictions: Prediction[] } {
  const arms = outputs.map((output) => predictionsOf(corpus, output));
  return {
    scores: scorePredictions(corpus, arms, seed),
    predictions: corpus.test.map(({ id, document, relation }, index) => ({
      ...{ id, document, relation },
      predicted: Object.fromEntries(arms.map(({ arm, predicted }) => [arm, predicted[index] ?? null])),
      probabilities: Object.fromEntries(arms.map(({ arm, probabilities }) => [arm, [...probabilities[index]!]])),
    })),
  };
}

function predictionsOf(
  { relations, validation, test }: TestData & Pick<PreparedCorpus, 'validation'>,
  { arm, members }: ArmOutput,
): ArmPredictions {
  const gold = labelsOf(test);
  const votes = members.map((member) => ({ threshold: member.threshold, probabilities: member.test }));
  const probabilities = meanProbabilities(members.map((member) => member.test));
  const temperature = fitTemperature(
    meanProbabilities(members.map((member) => member.validation)),
    labelsOf(validation),
    relations,
  );
  return {
    arm,
    predicted: vote(votes, relations, test.length),
    probabilities,
    calibrated: probabilities.map((row) => withTemperature(row, temperature)),
    temperature,
    memberF1: votes.map((member) => score(gold, vote([member], relations, test.length), relations).f1),
    thresholds: members.map(({ threshold }) => threshold),
    collapse: countCollapse(members.map(({ record }) => record)),
  };
}

/** Scores what ensembles said of the test data. @throws RangeError where an arm does not speak of each example. */
export function scorePredictions(data: TestData, arms: readonly ArmPredictions[], seed: number): RunScores {
  const { relations, test, testFacts } = data;
  const concepts = test.map(({ document, concepts: named }) => ({
    document,
    heads: named?.head ?? [],
    tails: named?.tail ?? [],
  }));
  const withFacts = arms.map((arm) => ({
    ...arm,
    factCounts: testFacts && countFacts(factsOf(concepts, arm.predicted), testFacts),
  }));
  const labelled = { labels: labelsOf(test), documents: test.map(({ document }) => document) };
  return {
    definition: definitionOf(relations),
    relations: [...relations],
    arms: Object.fromEntries(withFacts.map((arm) => [arm.arm, scoreArm(data, arm, seed)])),
    comparisons: compareArms(labelled, relations, withFacts, seed),
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

function scoreArm({ relations, test }: TestData, arm: ArmPredictions & ArmLabels, seed: number): ArmScores {
  const { predicted, probabilities, calibrated, factCounts } = arm;
  const gold = labelsOf(test);
  const documents = test.map(({ document }) => document);
  const whole = score(gold, predicted, relations);
  const intervalOf = (of: readonly Label[], said: readonly Label[]): [number, number] => [
    ...bootstrapF1(of, said, { documents, seed }).interval,
  ];
  return {
    ...whole,
    interval: intervalOf(gold, predicted),
    relations: Object.fromEntries(
      relations.map((relation) => [
        relation,
        {
          ...whole.relations[relation]!,
          interval: intervalOf(onlyLabel(relation, gold), onlyLabel(relation, predicted)),
        },
      ]),
    ),
    ...(factCounts && {
      documents: { ...scoreCounts(factCounts), interval: [...bootstrapF1OfCounts(factCounts, { seed }).interval] },
    }),
    members: arm.thresholds.length,
    memberF1: [...arm.memberF1],
    thresholds: [...arm.thresholds],
    collapse: arm.collapse,
    confusion: confusionMatrix(gold, predicted, relations),
    curve: precisionRecallCurve(probabilities, gold, relations),
    calibration: {
      temperature: arm.temperature,
      before: calibrationOf(probabilities, gold, relations),
      after: calibrationOf(calibrated, gold, relations),
    },
  };
}
