/**
 * `--plan`: what a run, or several that may share steps, would do, and what that costs, before any of it is done.
 *
 * A plan is made in the folders where the work would be done, so that the corpus that is read for it is the one that the run then finds.
 */
import { availableParallelism } from 'node:os';
import type { RunConfiguration } from '../dare/configuration.ts';
import { explainFileError } from '../foundation/errors.ts';
import { lockFolder } from '../foundation/folder-lock.ts';
import type { Monitor } from '../foundation/progress.ts';
import { givenDevice, OpenedDevices } from './devices.ts';
import type { Devices } from './devices.ts';
import { estimateTasks } from './estimates.ts';
import type { Estimate } from './estimates.ts';
import { ModelCosts } from './model-costs.ts';
import { missingFor } from './perform.ts';
import { goalsOf, planned } from './planned-run.ts';
import type { PlannedRun } from './planned-run.ts';
import { placeOf } from './run.ts';
import type { RunOptions } from './run.ts';
import { TaskStore } from './store.ts';
import { beginIn } from './store-runs.ts';
import { toldOnce } from './told-once.ts';

export interface PreviewStep {
  /** Steps of several runs with one key are one. */
  readonly key: string;
  readonly name: string;
  readonly state: 'stands' | 'missing';
  /** Null where it cannot be told beforehand, or is next to nothing. */
  readonly estimate: Estimate | null;
}

/** What steps come to, each counted once. */
export interface PreviewTotals {
  readonly workers: number;
  /** Different steps, and those that are still to be done. */
  readonly tasks: number;
  readonly missing: number;
  /** Of the missing ones, with as many at a time as there are workers and cores; the rest costs next to nothing. */
  readonly seconds: number;
  /** Of the largest step. */
  readonly memoryBytes: number;
  /** What stays, and the most that lies there while the work is done. */
  readonly diskBytes: number;
  readonly peakDiskBytes: number;
}

export interface RunPreview extends PreviewTotals {
  readonly folder: string;
  readonly steps: readonly PreviewStep[];
}

/** What all runs together come to. */
export interface JoinedPreview extends PreviewTotals {
  /** For each run, in their order: steps that it alone, or it first, needs. */
  readonly runs: readonly { readonly folder: string; readonly missing: number; readonly seconds: number }[];
}

/** A run's steps, as they stand in its store. */
export async function stepsOfRun(
  run: PlannedRun,
  store: TaskStore,
  estimates: ReadonlyMap<string, Estimate>,
): Promise<PreviewStep[]> {
  const { missing, standing } = await missingFor(goalsOf(run, 'scores'), store);
  return [
    ...standing.map(({ key, name }) => ({ key, name, state: 'stands' as const, estimate: null })),
    ...missing.map(({ key, name }) => ({
      ...{ key, name, state: 'missing' as const },
      estimate: estimates.get(key) ?? null,
    })),
  ];
}

/** @param cores that steps with several threads share. */
export function totalsOf(
  steps: readonly PreviewStep[],
  workers: number,
  cores = availableParallelism(),
): PreviewTotals {
  // As many at a time as there are workers, but no more threads than cores: a large model, which has all of them, runs alone.
  const share = (threads: number): number => Math.min(1, Math.max(1 / workers, threads / cores));
  const different = [...new Map(steps.map((step) => [step.key, step])).values()];
  const estimates = different.flatMap(({ estimate }) => estimate ?? []);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const diskBytes = sum(estimates.map((each) => each.diskBytes));
  const passing = estimates.map(({ passingDiskBytes }) => passingDiskBytes).sort((a, b) => b - a);
  return {
    workers,
    tasks: different.length,
    missing: different.filter(({ state }) => state === 'missing').length,
    seconds: sum(estimates.map(({ seconds, threads }) => seconds * share(threads))),
    memoryBytes: Math.max(0, ...estimates.map(({ memoryBytes }) => memoryBytes)),
    diskBytes,
    // A generator's sentences are written as soon as it is done: there are as many that are not needed for long as are worked on.
    peakDiskBytes: diskBytes + sum(passing.slice(0, workers)),
  };
}

export function joinPreviews(
  runs: readonly { readonly folder: string; readonly steps: readonly PreviewStep[] }[],
  workers: number,
): JoinedPreview {
  const seen = new Set<string>();
  const shares = runs.map(({ folder, steps }) => {
    const own = steps.filter(({ key }) => !seen.has(key));
    for (const { key } of own) seen.add(key);
    const { missing, seconds } = totalsOf(own, workers);
    return { folder, missing, seconds };
  });
  return {
    ...totalsOf(
      runs.flatMap(({ steps }) => steps),
      workers,
    ),
    runs: shares,
  };
}

/** What a run would do; reads the corpus, and measures a few updates of the models that are to be trained. @throws UserError. */
export async function previewRun(configuration: RunConfiguration, options: RunOptions): Promise<RunPreview> {
  return withDevices(configuration, options, (devices) =>
    previewWith(configuration, options, devices, new ModelCosts(devices)),
  );
}

/** What runs would do that are done one after the other. @throws UserError as `previewRun`. */
export async function previewRuns(
  runs: readonly { readonly folder: string; readonly configuration: RunConfiguration }[],
  options: Omit<RunOptions, 'folder'>,
): Promise<JoinedPreview> {
  const monitor = toldOnce(options.monitor);
  return withDevices(runs[0]!.configuration, options, async (devices) => {
    const costs = new ModelCosts(devices);
    const previews: RunPreview[] = [];
    for (const { configuration, folder } of runs) {
      monitor.checkpoint();
      previews.push(await previewWith(configuration, { ...options, folder, monitor }, devices, costs));
    }
    return joinPreviews(previews, Math.min(...previews.map(({ workers }) => workers)));
  });
}

async function previewWith(
  configuration: RunConfiguration,
  options: RunOptions,
  devices: Devices,
  costs: ModelCosts,
): Promise<RunPreview> {
  const { folder, monitor, offline } = options;
  const unlock = await lockFolder(folder);
  try {
    const { store: root, isShared } = placeOf(configuration, options);
    const store = new TaskStore(root);
    if (isShared) await beginIn(root, folder, monitor);
    const { prepared: corpus, ...run } = await planned(configuration, { store, devices, monitor, offline });
    const { missing } = await missingFor(goalsOf(run, 'scores'), store);
    const estimates = await estimateTasks(missing, { run, corpus, costs, keepsGenerators: isShared });
    const steps = await stepsOfRun(run, store, estimates);
    return { folder, steps, ...totalsOf(steps, run.workers) };
  } catch (error) {
    throw explainFileError(error);
  } finally {
    await unlock();
  }
}

async function withDevices<T>(
  configuration: RunConfiguration,
  { device, monitor }: { readonly device?: RunOptions['device']; readonly monitor: Monitor },
  work: (devices: Devices) => Promise<T>,
): Promise<T> {
  const devices = device ? givenDevice(device) : new OpenedDevices(configuration, monitor);
  try {
    return await work(devices);
  } finally {
    await devices.close();
  }
}
