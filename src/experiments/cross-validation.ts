/**
 * Cross-validation: every document is tested on once, by ensembles that have not seen it.
 *
 * Each fold is a run of its own in a folder below, with all that a run has; its validation data comes out of the other folds. The predictions of all
 * folds together are scored as one test set: F1 of the whole, and not the mean of the folds' F1, which small folds distort.
 */
import { join } from 'node:path';
import { ARMS } from '../dare/arms/arms.ts';
import type { Arm } from '../dare/arms/arms.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import { predictionSchema } from '../dare/run-scores.ts';
import type { Comparison, Prediction } from '../dare/run-scores.ts';
import { compareLabels } from '../dare/score-arms.ts';
import { bootstrapF1 } from '../evaluation/bootstrap.ts';
import { holmCorrection } from '../evaluation/mcnemar.ts';
import { score } from '../evaluation/scores.ts';
import type { Scores } from '../evaluation/scores.ts';
import { readAllJsonLines, writeJsonLines } from '../foundation/json-lines.ts';
import { writeJson } from '../foundation/files.ts';
import { runDare } from '../tasks/run.ts';
import type { RunOptions } from '../tasks/run.ts';

export interface OutOfFoldScores extends Scores {
  /** 95% bootstrap interval of micro-F1, resampled by document. */
  readonly interval: readonly [number, number];
  /** Micro-F1 of each fold. */
  readonly foldF1: readonly number[];
}

export interface CrossValidation {
  readonly folder: string;
  readonly folds: number;
  /** Sentences that were tested on, in all folds. */
  readonly examples: number;
  readonly relations: readonly string[];
  readonly arms: Partial<Readonly<Record<Arm, OutOfFoldScores>>>;
  /** DARE with each other arm. */
  readonly comparisons: Comparison[];
}

/**
 * Carries out all folds, or the rest of them, and scores their predictions together. Leaves `cross-validation.json`, `predictions.jsonl` and a
 * run's folder for each fold.
 * @throws UserError where there are fewer documents than folds.
 */
export async function crossValidate(
  configuration: RunConfiguration & { readonly cv: number },
  options: RunOptions,
): Promise<CrossValidation> {
  const { folder, monitor } = options;
  const folds = configuration.cv;
  const predictions: (Prediction & { fold: number })[] = [];
  const foldF1: Partial<Record<Arm, number>>[] = [];
  const names = new Set<string>();
  for (let fold = 1; fold <= folds; fold++) {
    monitor.note(`fold ${fold} of ${folds}`);
    const run = join(folder, `fold-${fold}`);
    const { scores } = await runDare({ ...configuration, cvFold: fold }, { ...options, folder: run });
    for (const name of scores.relations) names.add(name);
    foldF1.push(Object.fromEntries(ARMS.flatMap((arm) => (scores.arms[arm] ? [[arm, scores.arms[arm].f1]] : []))));
    const own = await readAllJsonLines(join(run, 'predictions.jsonl'), predictionSchema);
    predictions.push(...own.map((prediction) => ({ fold, ...prediction })));
  }

  const relations = [...names].sort();
  const labels = predictions.map(({ relation }) => relation);
  const documents = predictions.map(({ document }) => document);
  const { seed } = configuration;
  const compared = ARMS.filter((arm) => foldF1.every((scores) => scores[arm] !== undefined));
  const predictedBy = (arm: Arm) => predictions.map(({ predicted }) => predicted[arm] ?? null);
  const scored = compared.map((arm): [Arm, OutOfFoldScores] => {
    const predicted = predictedBy(arm);
    const { interval } = bootstrapF1(labels, predicted, { documents, seed });
    return [arm, { ...score(labels, predicted, relations), interval, foldF1: foldF1.map((scores) => scores[arm]!) }];
  });
  const others = compared.includes('dare') ? compared.filter((arm) => arm !== 'dare') : [];
  const pairs = others.map((second) => {
    return { second, ...compareLabels({ labels, documents }, predictedBy('dare'), predictedBy(second), seed) };
  });
  const adjusted = holmCorrection(pairs.map(({ mcNemar }) => mcNemar.pValue));
  const result: CrossValidation = {
    ...{ folder, folds, examples: predictions.length, relations },
    arms: Object.fromEntries(scored),
    comparisons: pairs.map(({ mcNemar, ...pair }, index) => ({
      first: 'dare',
      ...pair,
      mcNemar: { ...mcNemar, adjusted: adjusted[index]! },
    })),
  };
  await writeJsonLines(join(folder, 'predictions.jsonl'), predictions);
  await writeJson(join(folder, 'cross-validation.json'), { ...result, folder: undefined });
  return result;
}
