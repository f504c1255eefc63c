/**
 * Cross-validation: every document is tested on once, by ensembles that have not seen it.
 *
 * Each fold is a run of its own in a folder below, with all that a run has; its validation data comes out of the other folds. The predictions of all
 * folds together are scored as one test set (out-of-fold.ts).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { predictionSchema } from '../dare/run-scores.ts';
import { readAllJsonLines, writeJsonLines } from '../foundation/json-lines.ts';
import { writeJson } from '../foundation/files.ts';
import { CROSS_VALIDATION_FILE } from '../tasks/folds.ts';
import { dropRunIndex } from '../tasks/run-index.ts';
import { runDare } from '../tasks/run.ts';
import type { RunOptions } from '../tasks/run.ts';
import { foldScoresSchema, scoreOutOfFold } from './out-of-fold.ts';
import type { Fold } from './out-of-fold.ts';
import { foldRuns } from './fold-runs.ts';
import type { FoldedConfiguration } from './fold-runs.ts';

export const crossValidationSchema = foldScoresSchema.extend({
  folds: z.int(),
  /** Sentences that were tested on, in all folds. */
  examples: z.int(),
});
/** What `cross-validation.json` holds. */
export type CrossValidationScores = z.infer<typeof crossValidationSchema>;

export interface CrossValidation extends CrossValidationScores {
  readonly folder: string;
}

/**
 * Carries out all folds, or the rest of them, and scores their predictions together. Leaves `cross-validation.json`, `predictions.jsonl` and a
 * run's folder for each fold; a run that was in the folder itself is its result no more.
 * @throws UserError where there are fewer documents than folds.
 */
export async function crossValidate(configuration: FoldedConfiguration, options: RunOptions): Promise<CrossValidation> {
  const { folder, monitor } = options;
  const folds: Fold[] = [];
  for (const { fold, folder: run, configuration: own } of foldRuns(configuration, folder)) {
    monitor.note(`fold ${fold} of ${configuration.cv}`);
    const { scores, corpus } = await runDare(own, { ...options, folder: run });
    // Scores of folds as they were before are none of these.
    await rm(join(folder, CROSS_VALIDATION_FILE), { force: true });
    const predictions = await readAllJsonLines(join(run, 'predictions.jsonl'), predictionSchema);
    folds.push({
      scores,
      corpus: { test: corpus.test, ...(corpus.testFacts && { testFacts: corpus.testFacts }) },
      predictions,
    });
  }
  const predictions = folds.flatMap((fold, index) =>
    fold.predictions.map((prediction) => ({ fold: index + 1, ...prediction })),
  );
  const result = {
    ...{ folds: configuration.cv, examples: predictions.length },
    ...scoreOutOfFold(folds, configuration.seed),
  };
  await dropRunIndex(folder);
  await writeJsonLines(join(folder, 'predictions.jsonl'), predictions);
  await writeJson(join(folder, CROSS_VALIDATION_FILE), result);
  return { folder, ...result };
}
