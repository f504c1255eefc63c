/**
 * A sweep: one run for each of several ratios of synthetic to gold sentences, and for each of several numbers of gold positives.
 *
 * All runs keep their tasks in one store, so that what is equal between them is done once: generators and pools of one corpus, and the ensembles that do
 * not depend on the ratio. Smaller numbers of positives lie within larger ones.
 */
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { ARMS } from '../dare/arms/arms.ts';
import type { Arm } from '../dare/arms/arms.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import type { RunScores } from '../dare/run-scores.ts';
import { UserError } from '../foundation/errors.ts';
import { writeFileAtomically, writeJson } from '../foundation/files.ts';
import { lockFolder } from '../foundation/folder-lock.ts';
import { runDare } from '../tasks/run.ts';
import type { RunOptions } from '../tasks/run.ts';

/** What is varied; where a list is empty, the configuration's own value stands. */
export interface SweepValues {
  readonly ratios: readonly number[];
  readonly positives: readonly number[];
}

/** One run of a sweep. */
export interface SweepCell {
  readonly ratio: number;
  /** Gold positives kept of the training data; all when null. */
  readonly positives: number | null;
  /** Folder of the run, below the sweep's. */
  readonly run: string;
  readonly scores: RunScores;
}

export interface Sweep {
  readonly folder: string;
  readonly cells: readonly SweepCell[];
}

/**
 * Carries out a sweep, or the rest of it. @throws UserError as `train` does, and for folds. Leaves `sweep.json`, `sweep.csv`, and a run's folder for each cell, which predicts and exports as any other.
 */
export async function sweep(
  configuration: RunConfiguration,
  { ratios, positives }: SweepValues,
  options: RunOptions,
): Promise<Sweep> {
  const { folder, monitor } = options;
  const { corpus, ensemble, cv, cvFold } = configuration;
  if (cv !== null && cvFold === null) {
    throw new UserError('a sweep does not go over the folds of a cross-validation', {
      where: '--cv',
      remedy: 'choose one with --cv-fold, or leave --cv out',
    });
  }
  // The largest first: it is the one that fails, if one does, for want of memory.
  const counts = positives.length > 0 ? [...new Set(positives)].sort((a, b) => b - a) : [corpus.positives];
  const shares = ratios.length > 0 ? [...new Set(ratios)].sort((a, b) => b - a) : [ensemble.ratio];
  const cells: SweepCell[] = [];
  const unlock = await lockFolder(folder);
  try {
    for (const count of counts) {
      for (const ratio of shares) {
        const run = `runs/ratio-${ratio}${count === null ? '' : `-positives-${count}`}`;
        monitor.note(`sweep: ratio ${ratio}, ${count ?? 'all'} positives`);
        const { scores } = await runDare(
          { ...configuration, corpus: { ...corpus, positives: count }, ensemble: { ...ensemble, ratio } },
          { ...options, folder: join(folder, run), store: folder },
        );
        cells.push({ ratio, positives: count, run, scores });
      }
    }
    cells.sort((a, b) => (a.positives ?? Infinity) - (b.positives ?? Infinity) || a.ratio - b.ratio);
    await writeJson(join(folder, 'sweep.json'), { cells });
    await writeFileAtomically(join(folder, 'sweep.csv'), stringify([CSV_HEAD, ...cells.flatMap(rowsOf)]));
    return { folder, cells };
  } finally {
    await unlock();
  }
}

const CSV_HEAD = ['positives', 'ratio', 'arm', 'precision', 'recall', 'f1', 'low', 'high'];

/** A row for each arm; an empty cell means all positives. */
function rowsOf({ positives, ratio, scores }: SweepCell): (string | number)[][] {
  return ARMS.flatMap((arm: Arm) => {
    const own = scores.arms[arm];
    return own ? [[positives ?? '', ratio, arm, own.precision, own.recall, own.f1, ...own.interval]] : [];
  });
}
