/**
 * The folds of a cross-validation scored as one test set: F1 of the whole, and not the mean of the folds' F1, which small folds distort.
 *
 * What is a run's own stays its own: labels come from the fold's votes, and probabilities are calibrated by the temperature that the fold fitted
 * on its own validation data, as no other fold's may know the documents that it is tested on.
 */
import { z } from 'zod';
import { ARMS } from '../dare/arms/arms.ts';
import type { Arm } from '../dare/arms/arms.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import { armScoresSchema, runScoresSchema } from '../dare/run-scores.ts';
import type { Prediction, RunScores } from '../dare/run-scores.ts';
import { scorePredictions } from '../dare/score-arms.ts';
import type { ArmPredictions } from '../dare/score-arms.ts';
import { withTemperature } from '../evaluation/calibration.ts';
import type { DocumentGold } from '../evaluation/document-level.ts';

/** One fold, as its run left it. */
export interface Fold {
  readonly scores: RunScores;
  readonly corpus: Pick<PreparedCorpus, 'test' | 'testFacts'>;
  /** Of the test sentences, in their order. */
  readonly predictions: readonly Prediction[];
}

/** As a run's scores, over the test sentences of all folds. */
export const foldScoresSchema = runScoresSchema.extend({
  /** Members, thresholds and counts of an arm are of all its ensembles; each member's F1 is on its own fold. */
  arms: z.partialRecord(
    z.enum(ARMS),
    armScoresSchema.extend({
      /** Micro-F1 of each fold. */
      foldF1: z.array(z.number()),
      /** Each fold's temperature; `calibration.temperature` is their mean. */
      foldTemperatures: z.array(z.number()),
    }),
  ),
});
export type FoldScores = z.infer<typeof foldScoresSchema>;

/** Scores all folds together: the arms that each of them has. */
export function scoreOutOfFold(folds: readonly Fold[], seed: number): FoldScores {
  const relations = [...new Set(folds.flatMap(({ scores }) => scores.relations))].sort();
  const arms = ARMS.filter((arm) => folds.every(({ scores }) => scores.arms[arm]));
  const testFacts = joinedFacts(folds.map(({ corpus }) => corpus.testFacts));
  const scores = scorePredictions(
    { relations, test: folds.flatMap(({ corpus }) => corpus.test), ...(testFacts && { testFacts }) },
    arms.map((arm) => joinedPredictions(arm, folds, relations)),
    seed,
  );
  const ofFolds = (arm: Arm) => folds.map(({ scores: own }) => own.arms[arm]!);
  return {
    ...scores,
    arms: Object.fromEntries(
      arms.map((arm) => [
        arm,
        {
          ...scores.arms[arm]!,
          foldF1: ofFolds(arm).map(({ f1 }) => f1),
          foldTemperatures: ofFolds(arm).map(({ calibration }) => calibration.temperature),
        },
      ]),
    ),
  };
}

function joinedPredictions(arm: Arm, folds: readonly Fold[], relations: readonly string[]): ArmPredictions {
  const own = folds.map(({ scores }) => scores.arms[arm]!);
  const temperatures = own.map(({ calibration }) => calibration.temperature);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const rows = (change: (row: readonly number[], fold: number) => readonly number[]): number[][] =>
    folds.flatMap(({ scores, predictions }, fold) =>
      predictions.map(({ probabilities }) => inOrderOf(relations, scores.relations, change(probabilities[arm]!, fold))),
    );
  return {
    arm,
    predicted: folds.flatMap(({ predictions }) => predictions.map(({ predicted }) => predicted[arm] ?? null)),
    probabilities: rows((row) => row),
    calibrated: rows((row, fold) => withTemperature(row, temperatures[fold]!)),
    temperature: sum(temperatures) / temperatures.length,
    memberF1: own.flatMap(({ memberF1 }) => memberF1),
    thresholds: own.flatMap(({ thresholds }) => thresholds),
    collapse: {
      members: sum(own.map(({ collapse }) => collapse.members)),
      retrainings: sum(own.map(({ collapse }) => collapse.retrainings)),
      remaining: sum(own.map(({ collapse }) => collapse.remaining)),
    },
  };
}

/** A fold's row with a place for each relation of all folds: one that the fold's training data lacks has probability 0. */
function inOrderOf(relations: readonly string[], own: readonly string[], row: readonly number[]): number[] {
  return [...relations.map((relation) => row[own.indexOf(relation)] ?? 0), row.at(-1)!];
}

/** Undefined where a fold has none. */
function joinedFacts(golds: readonly (DocumentGold | undefined)[]): DocumentGold | undefined {
  const all = golds.flatMap((gold) => gold ?? []);
  if (all.length === 0 || all.length < golds.length) return undefined;
  return {
    facts: all.flatMap(({ facts }) => facts),
    documents: all.flatMap(({ documents }) => documents),
    directed: all[0]!.directed,
  };
}
