/**
 * Several runs over one store, done as one graph of tasks: what they have in common is done once, and no core waits at the end of one run
 * for the next to begin.
 *
 * Each run has a folder as if it had been done alone. It is told of as soon as its own tasks stand, in the order in which that comes about.
 */
import { join } from 'node:path';
import type { RunConfiguration } from '../dare/configuration.ts';
import { runScoresSchema } from '../dare/run-scores.ts';
import { explainFileError } from '../foundation/errors.ts';
import { readJson } from '../foundation/files.ts';
import { lockFolder } from '../foundation/folder-lock.ts';
import type { Monitor } from '../foundation/progress.ts';
import { givenDevice, OpenedDevices } from './devices.ts';
import type { Devices } from './devices.ts';
import { estimateTasks } from './estimates.ts';
import type { Estimate } from './estimates.ts';
import { measureApart } from './measure-apart.ts';
import { measureTraining, ModelCosts } from './model-costs.ts';
import { missingFor, perform } from './perform.ts';
import { dropNeedlessWeights, stepsOf, writePlanFile } from './plan-file.ts';
import { executionSettings, goalsOf, losesWeights, planned, settle } from './planned-run.ts';
import type { PlannedRun } from './planned-run.ts';
import { joinPreviews, stepsOfRun } from './preview.ts';
import type { JoinedPreview } from './preview.ts';
import type { RunOptions, RunResult } from './run.ts';
import { LOG_FILE, withLog } from './run-log.ts';
import { removeLeftovers } from './run-files.ts';
import { TaskStore } from './store.ts';
import type { Task } from './task.ts';
import { toldOnce } from './told-once.ts';
import { executorFor } from './run-executor.ts';

export interface JoinedRun {
  readonly folder: string;
  readonly configuration: RunConfiguration;
}

/** Options of a run; its `folder` is the store, and is locked until `close`. */
export type JoinedOptions = Omit<RunOptions, 'store'>;

export class JoinedRuns {
  readonly #runs: readonly JoinedRun[];
  readonly #options: JoinedOptions;
  readonly #devices: Devices;
  readonly #unlock: () => Promise<void>;
  readonly #monitor: Monitor;
  readonly #store: TaskStore;
  readonly #planned: PlannedRun[] = [];
  readonly #estimates = new Map<string, Estimate>();

  private constructor(
    runs: readonly JoinedRun[],
    options: JoinedOptions,
    devices: Devices,
    unlock: () => Promise<void>,
    monitor: Monitor,
  ) {
    this.#runs = runs;
    this.#options = options;
    this.#devices = devices;
    this.#unlock = unlock;
    this.#store = new TaskStore(options.folder);
    this.#monitor = monitor;
  }

  /**
   * Plans all runs: reads their corpora, and measures what their models cost. `close` it when done.
   * @param prepare says which runs, and may write what they need into the folder, which is this process's alone by then.
   * @throws UserError as `runDare`.
   */
  static async plan(prepare: () => Promise<readonly JoinedRun[]>, options: JoinedOptions): Promise<JoinedRuns> {
    const { folder, device, monitor } = options;
    const unlock = await lockFolder(folder);
    let devices: Devices | undefined;
    try {
      await removeLeftovers(folder);
      const runs = await prepare();
      devices = device ? givenDevice(device) : new OpenedDevices(runs[0]?.configuration ?? {}, monitor);
      const logged = toldOnce(await withLog(monitor, join(folder, LOG_FILE)));
      const joined = new JoinedRuns(runs, options, devices, unlock, logged);
      await joined.#store.clear();
      await joined.#plan();
      return joined;
    } catch (error) {
      await devices?.close();
      await unlock();
      throw explainFileError(error);
    }
  }

  async #plan(): Promise<void> {
    const { monitor, device } = this.#options;
    // What measuring takes is large models' trainings', and would be held beside them. A given device is the caller's, and only here.
    const costs = new ModelCosts(this.#devices, device ? measureTraining : measureApart);
    const stage = 'plan';
    const start = performance.now();
    for (const [index, { configuration }] of this.#runs.entries()) {
      monitor.checkpoint();
      monitor.report({ kind: 'step', stage, done: index, total: this.#runs.length, figures: {} });
      const context = { store: this.#store, devices: this.#devices, offline: this.#options.offline };
      const { prepared: corpus, ...run } = await planned(configuration, { ...context, monitor: this.#monitor });
      const { missing } = await missingFor(goalsOf(run, 'scores'), this.#store);
      const fresh = missing.filter(({ key }) => !this.#estimates.has(key));
      const estimates = await estimateTasks(fresh, { run, corpus, costs, keepsGenerators: false });
      for (const [key, estimate] of estimates) this.#estimates.set(key, estimate);
      this.#planned.push(run);
    }
    monitor.report({ kind: 'done', stage, seconds: (performance.now() - start) / 1000, figures: {} });
  }

  get #workers(): number {
    return Math.min(...this.#planned.map(({ workers }) => workers));
  }

  get #goals(): Task[] {
    return this.#planned.flatMap((run) => goalsOf(run, 'scores'));
  }

  async preview(): Promise<JoinedPreview> {
    const runs = await Promise.all(
      this.#planned.map(async (run, place) => ({
        folder: this.#runs[place]!.folder,
        steps: await stepsOfRun(run, this.#store, this.#estimates),
      })),
    );
    return joinPreviews(runs, this.#workers);
  }

  #secondsOf(tasks: readonly Task[]): number {
    return tasks.reduce((sum, { key }) => sum + (this.#estimates.get(key)?.seconds ?? 0), 0);
  }

  /**
   * Does all that is missing. @param finished is told of each run whose results stand, one at a time, by its place among the runs; work goes on
   * meanwhile.
   */
  async perform(finished: (place: number, result: RunResult) => Promise<void>): Promise<void> {
    const store = this.#store;
    const goals = this.#goals;
    const [first] = this.#planned;
    if (!first) return;
    const isDropped = (task: Task): boolean => losesWeights(first.configuration, task);
    const steps = stepsOf(goals, isDropped);
    const dropNeedless = () => dropNeedlessWeights({ steps }, store);
    const batches = this.#planned.flatMap((run) => run.samplingBatch ?? []);
    const samplingBatch = batches.length === 0 ? null : Math.min(...batches);
    const settings = executionSettings(first.configuration, store, samplingBatch);
    const pending: { place: number; keys: Set<string> }[] = [];
    for (const [place, run] of this.#planned.entries()) {
      const own = goalsOf(run, 'scores');
      await writePlanFile(this.#runs[place]!.folder, store.root, own, isDropped);
      pending.push({ place, keys: new Set((await missingFor(own, store)).missing.map(({ key }) => key)) });
    }
    const { missing } = await missingFor(goals, store);
    const progress = this.#progressOver(missing);

    // Results are put into folders beside the work; the first failure ends it.
    let settling = Promise.resolve();
    const failures: unknown[] = [];
    const settleFinished = (): void => {
      for (const run of pending.filter(({ keys }) => keys.size === 0)) {
        pending.splice(pending.indexOf(run), 1);
        settling = settling
          .then(async () => finished(run.place, await this.#settle(run.place)))
          .catch((error: unknown) => void failures.push(error));
      }
    };
    settleFinished();

    const heaviestBytes = Math.max(...this.#planned.map((run) => run.heaviestBytes));
    const executor = executorFor(
      { ...first, workers: this.#workers, heaviestBytes },
      {
        ...{ missing: missing.length, settings, devices: this.#devices, monitor: this.#monitor },
        isGiven: this.#options.device !== undefined,
      },
    );
    try {
      await perform(goals, store, executor, this.#monitor, async (task) => {
        for (const failure of failures) throw failure;
        if (task.kind === 'pool') await dropNeedless();
        for (const { keys } of pending) keys.delete(task.key);
        progress(task);
        settleFinished();
      });
      // Those that a session before this left when it was killed.
      await dropNeedless();
    } catch (error) {
      throw explainFileError(error);
    } finally {
      await executor.close();
      await settling;
    }
    for (const failure of failures) throw explainFileError(failure);
    await store.clear();
  }

  async #settle(place: number): Promise<RunResult> {
    const { folder } = this.#runs[place]!;
    const result = await settle(folder, this.#planned[place]!, this.#store, 'scores', this.#monitor);
    return { ...result, scores: await readJson(join(folder, 'scores.json'), runScoresSchema) };
  }

  /** Reports how much of the estimated work is done: the views tell from it how long the rest takes. */
  #progressOver(missing: readonly Task[]): (task: Task) => void {
    const total = this.#secondsOf(missing);
    let done = 0;
    let count = 0;
    const report = (): void => {
      const figures = { 'steps done': count, 'steps in all': missing.length };
      const percent = total > 0 ? (100 * done) / total : 0;
      this.#options.monitor.report({ kind: 'step', stage: 'all runs', done: percent, total: 100, unit: '%', figures });
    };
    if (missing.length > 0) report();
    return (task) => {
      done += this.#estimates.get(task.key)?.seconds ?? 0;
      count++;
      report();
    };
  }

  async close(): Promise<void> {
    await this.#devices.close();
    await this.#unlock();
  }
}
