/**
 * A sweep: one run for each of several ratios of synthetic to gold sentences, and for each of several numbers of gold positives.
 *
 * All runs keep their tasks in one store, so that what is equal between them is done once: the generators and pools of one number of positives, and the
 * ensembles that do not depend on the ratio. Pools are filled for the largest ratio, and every ratio draws from them, so that nothing but their number
 * differs; where no ratio is above 1 these are the pools of a plain run. Smaller numbers of positives lie within larger ones.
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
import { previewRuns } from '../tasks/preview.ts';
import type { JoinedPreview } from '../tasks/preview.ts';
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

/** A run of a sweep before it is done. */
export interface PlannedCell extends Omit<SweepCell, 'scores'> {
  readonly configuration: RunConfiguration;
}

/** The runs of a sweep, the largest first: they are the ones that fail, if any do, for want of memory. @throws UserError for folds. */
export function sweepCells(configuration: RunConfiguration, { ratios, positives }: SweepValues): PlannedCell[] {
  const { corpus, ensemble, sampling, cv, cvFold } = configuration;
  if (cv !== null && cvFold === null) {
    throw new UserError('a sweep does not go over the folds of a cross-validation', {
      where: '--cv',
      remedy: 'choose one with --cv-fold, or leave --cv out',
    });
  }
  const counts = positives.length > 0 ? [...new Set(positives)].sort((a, b) => b - a) : [corpus.positives];
  const shares = ratios.length > 0 ? [...new Set(ratios)].sort((a, b) => b - a) : [ensemble.ratio];
  const poolRatio = Math.max(...shares, sampling.poolRatio ?? 0);
  return counts.flatMap((count) =>
    shares.map((ratio) => ({
      ratio,
      positives: count,
      run: `runs/ratio-${ratio}${count === null ? '' : `-positives-${count}`}`,
      configuration: {
        ...configuration,
        corpus: { ...corpus, positives: count },
        sampling: { ...sampling, poolRatio },
        ensemble: { ...ensemble, ratio },
      },
    })),
  );
}

/** What a sweep would do. @throws UserError as `sweep`. */
export async function previewSweep(
  configuration: RunConfiguration,
  values: SweepValues,
  options: RunOptions,
): Promise<JoinedPreview> {
  const { folder } = options;
  const runs = sweepCells(configuration, values).map((cell) => ({
    folder: join(folder, cell.run),
    configuration: cell.configuration,
  }));
  const unlock = await lockFolder(folder);
  try {
    return await previewRuns(runs, { ...options, store: folder });
  } finally {
    await unlock();
  }
}

/**
 * Carries out a sweep, or the rest of it. Leaves `sweep.json`, `sweep.csv`, and a run's folder for each cell, which predicts and exports as any other.
 * @throws UserError as `train` does, and for folds.
 */
export async function sweep(configuration: RunConfiguration, values: SweepValues, options: RunOptions): Promise<Sweep> {
  const { folder, monitor } = options;
  const cells: SweepCell[] = [];
  const planned = sweepCells(configuration, values);
  const unlock = await lockFolder(folder);
  try {
    for (const { configuration: own, ...cell } of planned) {
      monitor.note(`sweep: ratio ${cell.ratio}, ${cell.positives ?? 'all'} positives`);
      const { scores } = await runDare(own, { ...options, folder: join(folder, cell.run), store: folder });
      cells.push({ ...cell, scores });
    }
    cells.sort((a, b) => (a.positives ?? Infinity) - (b.positives ?? Infinity) || a.ratio - b.ratio);
    await writeJson(join(folder, 'sweep.json'), { cells });
    await writeFileAtomically(join(folder, 'sweep.csv'), stringify(cells.flatMap(rowsOf), { header: true }));
    return { folder, cells };
  } finally {
    await unlock();
  }
}

/** Lines of a cell, an empty number of positives meaning all: one for each arm, then one for each comparison of two (`arm` over `against`). */
function rowsOf({ positives, ratio, scores }: SweepCell): Record<string, string | number>[] {
  const cell = { positives: positives ?? '', ratio };
  const noScores = { precision: '', recall: '', f1: '', low: '', high: '' };
  const noDifference = { difference: '', difference_low: '', difference_high: '', mcnemar_p_holm: '' };
  const arms = ARMS.flatMap((arm: Arm) => {
    const own = scores.arms[arm];
    if (!own) return [];
    const { precision, recall, f1 } = own;
    const [low, high] = own.interval;
    return [{ ...cell, arm, against: '', precision, recall, f1, low, high, ...noDifference }];
  });
  const comparisons = scores.comparisons.map(({ first, second, difference, interval, mcNemar }) => ({
    ...{ ...cell, arm: first, against: second, ...noScores, difference },
    ...{ difference_low: interval[0], difference_high: interval[1], mcnemar_p_holm: mcNemar.adjusted },
  }));
  return [...arms, ...comparisons];
}
