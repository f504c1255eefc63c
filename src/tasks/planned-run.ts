/**
 * A run between its configuration and its results: what its tasks are, and, once they are done, what its folder shows.
 *
 * The corpus is read on the way, as its relations decide what there is to do.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { RunConfiguration } from '../dare/configuration.ts';
import type { HeldOutCopies } from '../dare/held-out-alarm.ts';
import { qualitySummarySchema } from '../dare/pool-quality.ts';
import type { QualitySummary } from '../dare/pool-quality.ts';
import { readPreparedCorpus } from '../dare/prepared-corpus.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import { readVerdicts } from '../dare/verdicts.ts';
import { readJson, writeFileAtomically } from '../foundation/files.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Precision } from '../graph/onnx/precision.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import type { DeviceName } from '../runtime/open-device.ts';
import type { FoundGpu } from '../runtime/webgpu/probe.ts';
import type { Devices } from './devices.ts';
import { chooseEngines } from './engines.ts';
import type { TaskSettings } from './executor.ts';
import { LocalExecutor } from './local-executor.ts';
import { planTrainings } from './micro-batches.ts';
import { perform } from './perform.ts';
import { corpusTask, planRun } from './plan.ts';
import type { RunPlan, Surroundings } from './plan.ts';
import { POOL_FILE } from './pool-file.ts';
import { CONFIGURATION_FILE, writeRunIndex } from './run-index.ts';
import type { TaskStore } from './store.ts';
import { lookAround } from './surroundings.ts';
import { inOrder } from './task.ts';
import type { Task } from './task.ts';
import { describeUnknownVerdicts } from './unknown-verdicts.ts';

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
  /** Accepted sentences that stand in held-out data, where such are kept. */
  readonly heldOutCopies?: HeldOutCopies | undefined;
}
const poolSummarySchema = z.object({
  relation: z.string(),
  wanted: z.int(),
  accepted: z.int(),
  missing: z.int(),
  attempts: z.int(),
  tokens: z.int(),
  counts: z.record(z.string(), z.int()),
  heldOutCopies: z.object({ test: z.int(), validation: z.int() }).optional(),
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

/** Where a run ends: with the synthetic sentences, or with the scores. */
export type Goal = 'pools' | 'scores';

export interface PlannedRun {
  readonly configuration: RunConfiguration;
  readonly corpus: Task;
  readonly plan: RunPlan;
  /** What people said, by relation. */
  readonly verdicts: Surroundings['verdicts'];
  /** Folders of pretrained models. */
  readonly models: { readonly generator: string | undefined; readonly classifier: string | undefined };
  /** Tasks at once, and where. */
  readonly workers: number;
  /** Memory of the heaviest task. */
  readonly heaviestBytes: number;
  readonly device: DeviceName;
  /** What was found out of it, where it is one. */
  readonly gpu: FoundGpu | undefined;
  readonly precision: Precision;
  /** Sentences written at once; null where none are. */
  readonly samplingBatch: number | null;
}

/** Files of the scores' task that the run's folder shows. */
export const RESULTS = ['scores.json', 'predictions.jsonl'];

export const writeConfiguration = (folder: string, configuration: RunConfiguration): Promise<void> =>
  writeFileAtomically(join(folder, CONFIGURATION_FILE), stringify(configuration));

/** How the tasks of a run are done. @param samplingBatch sentences written at once; as many as memory allows unless given. */
export function executionSettings(
  configuration: RunConfiguration,
  store: TaskStore,
  samplingBatch = configuration.sampling.batchSize,
): TaskSettings {
  return {
    store: store.root,
    checkpointSeconds: configuration.checkpointSeconds,
    samplingBatch,
    checkpointing: {
      generator: configuration.generator.gradientCheckpointing,
      classifier: configuration.classifier.gradientCheckpointing,
    },
  };
}

/** Reads the corpus, unless that was done before, and plans the rest. @throws UserError. */
export async function planned(
  configuration: RunConfiguration,
  { store, devices, monitor, offline }: { store: TaskStore; devices: Devices; monitor: Monitor; offline: boolean },
): Promise<PlannedRun & { readonly prepared: PreparedCorpus }> {
  const files = await lookAround(configuration, { monitor, offline });
  const device = await devices.get(1);
  const { memory } = device;
  const trainings = await planTrainings(configuration, files, device, monitor);
  const corpus = corpusTask(configuration, files);
  const local = new LocalExecutor(executionSettings(configuration, store), devices, monitor);
  await perform([corpus], store, local, monitor);
  const prepared = await readPreparedCorpus(store.folder(corpus));
  const run = { relations: prepared.relations.length, trainings, memory };
  const { engines, ...chosen } = await chooseEngines(configuration, run, files, devices, monitor);
  const microBatches = { generator: trainings.generator?.microBatch, classifier: trainings.classifier.microBatch };
  const verdicts = await verdictsOf(configuration, prepared);
  const decisiveSamplingBatch = isOnProcessor(chosen.device) ? undefined : (chosen.samplingBatch ?? undefined);
  const surroundings = { ...files, engines, microBatches, decisiveSamplingBatch, verdicts };
  const plan = planRun(configuration, corpus, prepared, surroundings);
  const models = { generator: files.generator?.folder, classifier: files.classifier?.folder };
  return { configuration, corpus, prepared, plan, verdicts, models, ...chosen };
}

/** What people said of the pools. */
async function verdictsOf(
  { verdicts }: RunConfiguration,
  { relations }: PreparedCorpus,
): Promise<Surroundings['verdicts']> {
  return verdicts.path === null ? undefined : readVerdicts(verdicts.path, relations);
}

/** The tasks whose results a run is done for. */
export function goalsOf({ configuration, plan }: PlannedRun, goal: Goal): Task[] {
  const ends = goal === 'pools' ? plan.pools : [...plan.quality, plan.scores];
  const generators = inOrder(ends).filter(({ kind }) => kind === 'generator');
  return configuration.generator.keepWeights ? [...ends, ...generators] : [...ends];
}

/** Whether a task's weights go when all that reads them stands. */
export function losesWeights({ generator: { keepWeights, lora } }: RunConfiguration, { kind }: Task): boolean {
  return kind === 'generator' && !keepWeights && lora.rank === null;
}

/** Puts what a run's tasks, all done, came to into its folder. */
export async function settle(
  folder: string,
  { configuration, corpus, plan, verdicts }: PlannedRun,
  store: TaskStore,
  goal: Goal,
  monitor: Monitor,
): Promise<FilledPools> {
  for (const line of await describeUnknownVerdicts(plan, verdicts, store)) monitor.note(line);
  const prepared = await readPreparedCorpus(store.folder(corpus));
  for (const name of goal === 'scores' ? RESULTS : []) {
    await writeFileAtomically(join(folder, name), await readFile(join(store.folder(plan.scores), name)));
  }
  await writeConfiguration(folder, configuration);
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
}
