/**
 * `dare run`: a configuration carried out in a folder.
 *
 * The folder holds the configuration, a log, every task's result, and the scores; each printed figure can be worked out again from them. The same
 * command goes on where an interrupted run stopped.
 */
import { join, resolve } from 'node:path';
import type { RunConfiguration } from '../dare/configuration.ts';
import { runScoresSchema } from '../dare/run-scores.ts';
import type { RunScores } from '../dare/run-scores.ts';
import { explainFileError } from '../foundation/errors.ts';
import { readJson } from '../foundation/files.ts';
import { lockFolder } from '../foundation/folder-lock.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import { givenDevice, OpenedDevices } from './devices.ts';
import { missingFor, perform } from './perform.ts';
import { executionSettings, goalsOf, losesWeights, planned, settle, writeConfiguration } from './planned-run.ts';
import type { FilledPools, Goal } from './planned-run.ts';
import { dropNeedlessWeights, otherPlans, writePlanFile } from './plan-file.ts';
import { removeLeftovers } from './run-files.ts';
import { holdsRun } from './run-index.ts';
import { TaskStore } from './store.ts';
import { beginIn, otherRuns } from './store-runs.ts';
import { withTensorBoard } from './tensorboard.ts';
import { LOG_FILE, withLog } from './run-log.ts';
import { executorFor } from './run-executor.ts';

export interface RunOptions {
  readonly folder: string;
  /** Does all tasks, in this process, whatever the configuration says of devices, threads and workers; opened as it says unless given. */
  readonly device?: Device;
  readonly monitor: Monitor;
  /** Models are taken from the cache, never downloaded. */
  readonly offline: boolean;
  /** The folder where tasks' results lie, which runs may share; what the configuration says, or the run's own, unless given. */
  readonly store?: string;
}

export interface RunResult extends FilledPools {
  readonly scores: RunScores;
}

/**
 * Carries out a run, or the rest of it.
 * @throws UserError; Interrupted when the user stops it.
 * @example
 * const configuration = configure({ corpus: { path: 'CDR' } }, 'small');
 * const { scores } = await train(configuration, { folder: 'runs/cdr', device, monitor, offline: true });
 * console.log(scores.arms.dare?.f1, scores.arms.gold?.f1);
 */
export async function runDare(configuration: RunConfiguration, options: RunOptions): Promise<RunResult> {
  const result = await carryOut(configuration, options, 'scores');
  return { ...result, scores: await readJson(join(options.folder, 'scores.json'), runScoresSchema) };
}

/** Carries out the part of a run that ends with the synthetic sentences: DARE's arm without its classifiers. */
export async function fillPools(configuration: RunConfiguration, options: RunOptions): Promise<FilledPools> {
  const { ensemble } = configuration;
  // Sentences are written for an arm that draws them, and for no less than one for each gold sentence.
  const wanted = { ...ensemble, arms: ['dare' as const], ratio: Math.max(1, ensemble.ratio) };
  return carryOut({ ...configuration, ensemble: wanted }, options, 'pools');
}

/** Where a run's results lie, and whether that is a store beside its folder, which other runs may share. */
export function placeOf(
  configuration: RunConfiguration,
  { folder, store }: Pick<RunOptions, 'folder' | 'store'>,
): { store: string; isShared: boolean } {
  const root = store ?? configuration.store ?? folder;
  return { store: root, isShared: resolve(root) !== resolve(folder) };
}

async function carryOut(configuration: RunConfiguration, options: RunOptions, goal: Goal): Promise<FilledPools> {
  const { folder } = options;
  const { store: shared, isShared } = placeOf(configuration, options);
  const devices = options.device ? givenDevice(options.device) : new OpenedDevices(configuration, options.monitor);
  const unlock = await lockFolder(folder);
  try {
    await removeLeftovers(folder);
    const logged = await withLog(options.monitor, join(folder, LOG_FILE));
    const monitor = configuration.tensorboard ? withTensorBoard(logged, join(folder, 'tensorboard')) : logged;
    if (!(await holdsRun(folder))) await writeConfiguration(folder, configuration);
    const store = new TaskStore(shared);
    await store.clear();

    if (isShared) await beginIn(shared, folder, monitor);
    const run = await planned(configuration, { store, devices, monitor, offline: options.offline });
    const goals = goalsOf(run, goal);
    const plan = await writePlanFile(folder, isShared ? shared : null, goals, (task) =>
      losesWeights(configuration, task),
    );
    // Other runs of a shared store may want more sentences of the same generators: there `dare clean` deletes them. This run's folder may be such a store.
    const dropNeedless = async (): Promise<void> => {
      if (isShared || (await otherRuns(folder, shared)).some(({ begins }) => begins)) return;
      if ((await otherPlans(folder, shared)).length === 0) await dropNeedlessWeights(plan, store);
    };
    const { missing } = await missingFor(goals, store);
    const settings = executionSettings(configuration, store, run.samplingBatch);
    const isGiven = options.device !== undefined;
    const executor = executorFor(run, { missing: missing.length, settings, devices, isGiven, monitor });
    try {
      await perform(goals, store, executor, monitor, ({ kind }) =>
        kind === 'pool' ? dropNeedless() : Promise.resolve(),
      );
      await dropNeedless();
    } finally {
      await executor.close();
    }
    await store.clear();
    return await settle(folder, run, store, goal, monitor);
  } catch (error) {
    throw explainFileError(error);
  } finally {
    await devices.close();
    await unlock();
  }
}
