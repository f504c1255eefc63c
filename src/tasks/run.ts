/**
 * `dare run`: a configuration carried out in a folder.
 *
 * The folder holds the configuration, a log, every task's result, and the scores; each printed figure can be worked out again from them. The same
 * command goes on where an interrupted run stopped.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { RunConfiguration } from '../dare/configuration.ts';
import { runScoresSchema } from '../dare/run-scores.ts';
import type { RunScores } from '../dare/run-scores.ts';
import { qualitySummarySchema } from '../dare/pool-quality.ts';
import type { QualitySummary } from '../dare/pool-quality.ts';
import { readPreparedCorpus } from '../dare/prepared-corpus.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import { readVerdicts } from '../dare/verdicts.ts';
import { explainFileError } from '../foundation/errors.ts';
import { readJson, removeFileScratch, writeFileAtomically } from '../foundation/files.ts';
import { lockFolder } from '../foundation/folder-lock.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import { givenDevice, OpenedDevices } from './devices.ts';
import { LocalExecutor } from './local-executor.ts';
import { planMicroBatches } from './micro-batches.ts';
import { missingFor, perform } from './perform.ts';
import { corpusTask, planRun } from './plan.ts';
import type { Surroundings } from './plan.ts';
import { POOL_FILE } from './pool-file.ts';
import { writeRunIndex } from './run-index.ts';
import { LOG_FILE, withLog } from './run-log.ts';
import { needlessWeights, writePlanFile } from './plan-file.ts';
import { TaskStore } from './store.ts';
import { withTensorBoard } from './tensorboard.ts';
import { estimateTrainings } from './preview.ts';
import type { RunPreview } from './preview.ts';
import { inOrder, threadsOf } from './task.ts';
import type { Task } from './task.ts';
import { chooseEngines, configOf, lookAround } from './surroundings.ts';
import { WorkerProcesses } from './worker-processes.ts';

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

export interface PoolSummary {
  readonly relation: string;
  /** File of the sentences with the filters' verdicts. */
  readonly path: string;
  readonly wanted: number;
  readonly accepted: number;
  readonly missing: number;
  readonly attempts: number;
  readonly tokens: number;
  readonly counts: Readonly<Record<string, number>>;
}
const poolSummarySchema = z.object({
  relation: z.string(),
  wanted: z.int(),
  accepted: z.int(),
  missing: z.int(),
  attempts: z.int(),
  tokens: z.int(),
  counts: z.record(z.string(), z.int()),
});

/** What a run has before its classifiers. */
export interface FilledPools {
  readonly folder: string;
  readonly corpus: PreparedCorpus;
  /** What generators wrote, by relation, then what was given. */
  readonly pools: readonly PoolSummary[];
  /** Of the same pools; none where they are all that is asked for. */
  readonly quality: readonly QualitySummary[];
}

export interface RunResult extends FilledPools {
  readonly scores: RunScores;
}

/** Files of the scores' task that the run's folder shows. */
const RESULTS = ['scores.json', 'predictions.jsonl'];

/** Carries out a run, or the rest of it. @throws UserError; Interrupted when the user stops it. */
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

/** What a run would do; reads the corpus, and measures a few updates of the models that are to be trained. @throws UserError. */
export async function previewRun(configuration: RunConfiguration, options: RunOptions): Promise<RunPreview> {
  const { folder, monitor } = options;
  const devices = options.device ? givenDevice(options.device) : new OpenedDevices(configuration.device, monitor);
  const unlock = await lockFolder(folder);
  try {
    const store = new TaskStore(options.store ?? configuration.store ?? folder);
    const files = await lookAround(configuration, options);
    const microBatches = await planMicroBatches(configuration, files, monitor);
    const corpus = corpusTask(configuration, files);
    const settings = {
      store: store.root,
      checkpointSeconds: configuration.checkpointSeconds,
      samplingBatch: null,
      checkpointing: { generator: false, classifier: false },
    };
    await perform([corpus], store, new LocalExecutor(settings, devices, monitor), monitor);
    const prepared = await readPreparedCorpus(store.folder(corpus));
    const { engines, workers } = await chooseEngines(configuration, prepared.relations.length, files, devices);
    const verdicts = await verdictsOf(configuration, prepared);
    const { quality, scores } = planRun(configuration, corpus, prepared, { ...files, engines, microBatches, verdicts });
    const { missing, standing } = await missingFor([...quality, scores], store);
    const estimates = await estimateTrainings(
      missing,
      configuration,
      prepared,
      (kind) => configOf(configuration, kind, files[kind]?.folder),
      (task) => devices.get(threadsOf(task)),
    );
    const stands = new Set(standing.map(({ key }) => key));
    const steps = [...standing, ...missing].map((task) => ({
      name: task.name,
      state: stands.has(task.key) ? ('stands' as const) : ('missing' as const),
      estimate: estimates.get(task.key) ?? null,
    }));
    return { folder, workers, steps };
  } catch (error) {
    throw explainFileError(error);
  } finally {
    await devices.close();
    await unlock();
  }
}

async function carryOut(
  configuration: RunConfiguration,
  options: RunOptions,
  goal: 'pools' | 'scores',
): Promise<FilledPools> {
  const { folder } = options;
  const shared = options.store ?? configuration.store ?? folder;
  const isShared = resolve(shared) !== resolve(folder);
  const devices = options.device
    ? givenDevice(options.device)
    : new OpenedDevices(configuration.device, options.monitor);
  const unlock = await lockFolder(folder);
  try {
    await removeFileScratch(folder, ['configuration.yaml', ...RESULTS]);
    const logged = await withLog(options.monitor, join(folder, LOG_FILE));
    const monitor = configuration.tensorboard ? withTensorBoard(logged, join(folder, 'tensorboard')) : logged;
    await writeFileAtomically(join(folder, 'configuration.yaml'), stringify(configuration));
    const store = new TaskStore(shared);
    await store.clear();
    const settings = {
      store: shared,
      checkpointSeconds: configuration.checkpointSeconds,
      samplingBatch: configuration.sampling.batchSize,
      checkpointing: {
        generator: configuration.generator.gradientCheckpointing,
        classifier: configuration.classifier.gradientCheckpointing,
      },
    };

    const files = await lookAround(configuration, options);
    const microBatches = await planMicroBatches(configuration, files, monitor);
    const corpus = corpusTask(configuration, files);
    const local = new LocalExecutor(settings, devices, monitor);
    await perform([corpus], store, local, monitor);
    const prepared = await readPreparedCorpus(store.folder(corpus));
    const { engines, workers, device } = await chooseEngines(configuration, prepared.relations.length, files, devices);
    const verdicts = await verdictsOf(configuration, prepared);
    const plan = planRun(configuration, corpus, prepared, { ...files, engines, microBatches, verdicts });
    const { keepWeights, lora } = configuration.generator;
    const ends = goal === 'pools' ? plan.pools : [...plan.quality, plan.scores];
    const generators = inOrder(ends).filter(({ kind }) => kind === 'generator');
    const isDropped = ({ kind }: Task): boolean => kind === 'generator' && !keepWeights && lora.rank === null;
    const goals = keepWeights ? [...ends, ...generators] : ends;
    const planned = await writePlanFile(folder, isShared ? shared : null, goals, isDropped);
    // Other runs of a shared store may want more sentences of the same generators: there `dare clean` deletes them.
    const dropNeedless = async (): Promise<void> => {
      if (isShared) return;
      const needless = await needlessWeights(planned, [], (name) => store.stands(name));
      for (const step of needless) await store.dropModel(step.folder);
    };
    const { missing } = await missingFor(goals, store);
    const isSide = workers > 1 && missing.length > 1 && !options.device;
    const executor = isSide
      ? new WorkerProcesses({ ...settings, device }, monitor, { workers, chosen: configuration.workers !== null })
      : local;
    try {
      await perform(goals, store, executor, monitor, ({ kind }) =>
        kind === 'pool' ? dropNeedless() : Promise.resolve(),
      );
      await dropNeedless();
    } finally {
      await executor.close();
    }
    for (const name of goal === 'scores' ? RESULTS : []) {
      await writeFileAtomically(join(folder, name), await readFile(join(store.folder(plan.scores), name)));
    }
    await store.clear();
    if (goal === 'scores') await writeRunIndex(folder, store, corpus, plan, prepared.relations);
    const pools = await Promise.all(
      [...plan.pools, ...(goal === 'pools' ? [] : plan.givenPools)].map(async (pool) => ({
        ...(await readJson(join(store.folder(pool), 'summary.json'), poolSummarySchema)),
        path: join(store.folder(pool), POOL_FILE),
      })),
    );
    const quality = await Promise.all(
      (goal === 'pools' ? [] : plan.quality).map((task) =>
        readJson(join(store.folder(task), 'quality.json'), qualitySummarySchema),
      ),
    );
    return { folder, corpus: prepared, pools, quality };
  } catch (error) {
    throw explainFileError(error);
  } finally {
    await devices.close();
    await unlock();
  }
}

/** What people said of the pools. */
async function verdictsOf(
  { verdicts }: RunConfiguration,
  { relations }: PreparedCorpus,
): Promise<Surroundings['verdicts']> {
  return verdicts.path === null ? undefined : readVerdicts(verdicts.path, relations);
}
