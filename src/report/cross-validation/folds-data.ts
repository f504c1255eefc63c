/** All that the page of a cross-validation shows, read from its folder: scores over all folds, and the sentences of every fold's run. */
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { readPreparedCorpus } from '../../dare/prepared-corpus.ts';
import type { MaskedExample } from '../../dare/prepared-corpus.ts';
import { predictionSchema } from '../../dare/run-scores.ts';
import type { Prediction } from '../../dare/run-scores.ts';
import { crossValidationSchema } from '../../experiments/cross-validation.ts';
import type { CrossValidationScores } from '../../experiments/cross-validation.ts';
import { kindAt, readJson } from '../../foundation/files.ts';
import { readAllJsonLines } from '../../foundation/json-lines.ts';
import { CROSS_VALIDATION_FILE, foldFolder } from '../../tasks/folds.ts';
import { openRun } from '../../deployment/finished-run.ts';

/** A fold's run. */
export interface FoldReport {
  /** From 1. */
  readonly number: number;
  readonly train: number;
  readonly test: number;
  /** Its training examples of each relation. */
  readonly gold: Readonly<Record<string, number>>;
}

export interface FoldsReport {
  readonly name: string;
  readonly folder: string;
  readonly scores: CrossValidationScores;
  readonly folds: readonly FoldReport[];
  /** Of all folds, each tested on once. */
  readonly test: readonly MaskedExample[];
  readonly predictions: readonly Prediction[];
}

/** Whether a folder holds a finished cross-validation. */
export const holdsFolds = async (folder: string): Promise<boolean> =>
  (await kindAt(join(folder, CROSS_VALIDATION_FILE))) === 'file';

/** @throws UserError where the folder, or a fold in it, holds none that is finished. */
export async function readFoldsReport(folder: string): Promise<FoldsReport> {
  const scores = await readJson(join(folder, CROSS_VALIDATION_FILE), crossValidationSchema);
  const folds: FoldReport[] = [];
  const test: MaskedExample[] = [];
  for (let number = 1; number <= scores.folds; number++) {
    const corpus = await readPreparedCorpus((await openRun(foldFolder(folder, number))).index.corpus);
    const gold: Record<string, number> = {};
    for (const { relation } of corpus.train) if (relation !== null) gold[relation] = (gold[relation] ?? 0) + 1;
    folds.push({ number, train: corpus.train.length, test: corpus.test.length, gold });
    for (const example of corpus.test) test.push(example);
  }
  const lines = await readAllJsonLines(join(folder, 'predictions.jsonl'), predictionSchema.extend({ fold: z.int() }));
  return { name: basename(resolve(folder)), folder, scores, folds, test, predictions: lines };
}
