/**
 * What a run would do before it does it: which steps stand, which are missing, and what these cost.
 *
 * Only the corpus is read. Trainings are estimated by measuring: a few updates of a model of the same shape, from random weights, with batches of
 * the corpus's mean length, on the device and threads that the run would use. Writing sentences is reckoned from that: how many must be written
 * until enough are accepted is known only when they are.
 */
import { bertClassifierTraining } from '../nn/bert.ts';
import { decoderFeeds, encoderFeeds, entityFeeds, labelFeeds } from '../nn/batch.ts';
import { gpt2Training } from '../nn/gpt2.ts';
import { initialize } from '../nn/initialize.ts';
import { specificationsOf } from '../nn/model.ts';
import type { ModelConfig } from '../checkpoint/config.ts';
import { arms } from '../dare/arms/arms.ts';
import { drawSize } from '../dare/draw.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import type { Device } from '../runtime/device.ts';
import { ADAM_DEFAULTS } from '../runtime/device.ts';
import type { Devices } from './devices.ts';
import { generatorParameters, judgeParameters, memberParameters, poolParameters } from './parameters.ts';
import type { PlannedRun } from './planned-run.ts';
import { configOf } from './surroundings.ts';
import { threadsOf } from './task.ts';
import type { Task } from './task.ts';
import { parameterCount } from './threads.ts';

export interface PreviewStep {
  readonly name: string;
  readonly state: 'stands' | 'missing';
  /** Null where it cannot be told beforehand, or is next to nothing. */
  readonly estimate: Estimate | null;
}

/** What a training costs: measured time, memory of its process, and what it leaves on disk. */
export interface Estimate {
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export interface RunPreview {
  readonly folder: string;
  readonly workers: number;
  readonly steps: readonly PreviewStep[];
}

const MEASURED_UPDATES = 3;
/** Tokens that a word comes to, roughly; [CLS] and the like are small beside it. */
const TOKENS_A_WORD = 1.4;

/** Seconds of one batch, forward, backward and update, and the process's memory meanwhile. */
export async function measureBatch(
  device: Device,
  config: ModelConfig,
  { rows, tokens, classes }: { rows: number; tokens: number; classes: number },
): Promise<{ seconds: number; memoryBytes: number }> {
  const isGpt2 = config.model_type === 'gpt2';
  const { graph, loss } = isGpt2 ? gpt2Training(config) : bertClassifierTraining(config, classes);
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
  await initialize(parameters, config, 1);
  const program = await device.createTrainingProgram(graph, loss, parameters, {
    ...ADAM_DEFAULTS,
    weightDecay: () => 0,
  });
  try {
    const ids = Array.from({ length: tokens }, (_, index) => index % config.vocab_size);
    const batch = Array.from({ length: rows }, () => ids);
    const feeds = isGpt2
      ? decoderFeeds(batch, 1 / (rows * tokens))
      : {
          ...encoderFeeds(
            batch.map((sequence) => ({ ids: sequence })),
            0,
          ),
          ...(config.classifier_head === 'entity-markers' && entityFeeds(batch.map(() => ({ head: 1, tail: 2 })))),
          ...labelFeeds(
            batch.map((_, row) => row % classes),
            batch.map(() => 1 / rows),
          ),
        };
    let fastest = Infinity;
    for (let update = 0; update < MEASURED_UPDATES; update++) {
      const start = performance.now();
      await program.accumulate(feeds, [update]);
      await program.update({ learningRate: 1e-6, maxGradientNorm: 1 });
      fastest = Math.min(fastest, (performance.now() - start) / 1000);
    }
    return { seconds: fastest, memoryBytes: process.memoryUsage().rss };
  } finally {
    await program.dispose();
    await parameters.dispose();
  }
}

/** What batches cost on this machine, each kind of model measured once. */
export class ModelCosts {
  readonly #devices: Devices;
  readonly #measured = new Map<string, Promise<ModelCost>>();

  constructor(devices: Devices) {
    this.#devices = devices;
  }

  /** Of a model of a run, on the threads that its tasks have. */
  async of(kind: 'generator' | 'classifier', { configuration, models }: PlannedRun, task: Task, tokens: number) {
    const config = await configOf(configuration, kind, models[kind]);
    const rows = configuration[kind].batchSize;
    const threads = threadsOf(task);
    const name = JSON.stringify([config, rows, threads]);
    let measured = this.#measured.get(name);
    if (!measured) this.#measured.set(name, (measured = this.#measure(config, threads, rows, tokens)));
    const { secondsPerToken, ...cost } = await measured;
    return { ...cost, secondsPerExample: secondsPerToken * tokens };
  }

  async #measure(config: ModelConfig, threads: number, rows: number, tokens: number): Promise<ModelCost> {
    const device = await this.#devices.get(threads);
    const { seconds, memoryBytes } = await measureBatch(device, config, { rows, tokens, classes: CLASSES });
    return { secondsPerToken: seconds / (rows * tokens), memoryBytes, parameters: parameterCount(config) };
  }
}

interface ModelCost {
  /** Of a training: forward, backward, update. */
  readonly secondsPerToken: number;
  readonly memoryBytes: number;
  readonly parameters: number;
}

/** A few more or fewer make no difference. */
const CLASSES = 2;
/** A forward pass alone costs this part of a training's. */
const FORWARD = 1 / 3;
/** Writing a sentence, token by token, costs this part of training on it; and this part of what is written is accepted. */
const WRITING = 1;
const ACCEPTED = 1 / 2;
const BYTES = 4;

/** The costs of a run's trainings, and roughly of its pools. */
export async function estimateTasks(
  tasks: readonly Task[],
  run: PlannedRun,
  corpus: PreparedCorpus,
  costs: ModelCosts,
): Promise<Map<string, Estimate>> {
  const { configuration } = run;
  const words = corpus.train.map(({ text }) => text.split(/\s+/).length);
  const meanWords = words.reduce((sum, count) => sum + count, 0) / Math.max(1, words.length);
  const estimates = new Map<string, Estimate>();
  for (const task of tasks) {
    const kind = task.kind === 'member' || task.kind === 'judge' ? 'classifier' : 'generator';
    const { epochs, keepWeights, maxLength } = configuration[kind];
    const batches = batchesOf(task, corpus, epochs);
    if (!batches) continue;
    const tokens = Math.min(maxLength, Math.ceil(meanWords * TOKENS_A_WORD));
    const { secondsPerExample, memoryBytes, parameters } = await costs.of(kind, run, task, tokens);
    const { trained = 0, read = 0, written = 0 } = batches;
    const seconds = (trained + FORWARD * read + WRITING * written) * secondsPerExample;
    // Judges stay: pools ask them.
    const diskBytes = trained > 0 && (keepWeights || task.kind === 'judge') ? parameters * BYTES : 0;
    estimates.set(task.key, { seconds, memoryBytes, diskBytes });
  }
  return estimates;
}

/** How many examples a task trains on, reads and writes, all epochs together; `undefined` where it does nothing of the kind, or it cannot be told. */
function batchesOf(
  task: Task,
  corpus: PreparedCorpus,
  epochs: number,
): { trained?: number; read?: number; written?: number } | undefined {
  switch (task.kind) {
    case 'generator':
      return { trained: generatorExamples(task, corpus) };
    case 'pool':
      return { written: poolParameters.parse(task.parameters).wanted / ACCEPTED };
    case 'judge':
      return { trained: epochs * judgeExamples(task, corpus), read: scoredExamples(corpus, epochs) };
    case 'member':
      return { trained: epochs * memberExamples(task, corpus), read: scoredExamples(corpus, epochs) };
    default:
      return undefined;
  }
}

/** A classifier scores the validation data in every epoch, and in the end with the test data. */
const scoredExamples = ({ validation, test }: PreparedCorpus, epochs: number): number =>
  (epochs + 1) * validation.length + test.length;

/** All but the documents of one fold. */
function judgeExamples(task: Task, { train }: PreparedCorpus): number {
  const { folds } = judgeParameters.parse(task.parameters);
  return Math.round((train.length * (folds - 1)) / folds);
}

/** In all its epochs, which are its own: rare relations have more. */
function generatorExamples(task: Task, { train }: PreparedCorpus): number {
  const { relation, settings } = generatorParameters.parse(task.parameters);
  const count = relation === null ? train.length : train.filter((example) => example.relation === relation).length;
  return settings.epochs * count;
}

/** What a member is trained on: of drawn sentences their number is known, of what an arm makes of gold itself the sentences are. */
function memberExamples(task: Task, { train, relations, placeholders }: PreparedCorpus): number {
  const { arm, seed, member, ratio, options } = memberParameters.parse(task.parameters);
  if (arms[arm].pools !== null) {
    const ofRelation = (relation: string): number => train.filter((example) => example.relation === relation).length;
    return relations.reduce((sum, relation) => sum + drawSize(ofRelation(relation), ratio ?? 0), train.length);
  }
  const material = { gold: train, relations, placeholders, pools: [] };
  const data = arms[arm].trainingData(
    material,
    { ratio: ratio ?? 0, options },
    { seed, path: ['member', member, arm] },
  );
  return data.gold.length + data.added.length;
}
