/**
 * What a run would do before it does it: which steps stand, which are missing, and what these cost.
 *
 * Only the corpus is read. Trainings are estimated by measuring a few updates (model-costs.ts). Writing sentences is reckoned from that: how many must be
 * written until enough are accepted is known only when they are.
 */
import { memoryToTrain, parameterCount } from '../nn/model-memory.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import { arms } from '../dare/arms/arms.ts';
import { drawSize } from '../dare/draw.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import { BESTS_AT_ONCE, CHECKPOINTS_AT_ONCE } from '../training/training-checkpoint.ts';
import { trainingManner } from './micro-batches.ts';
import type { ModelCosts } from './model-costs.ts';
import { generatorParameters, judgeParameters, memberParameters, poolParameters } from './parameters.ts';
import { losesWeights } from './planned-run.ts';
import type { PlannedRun } from './planned-run.ts';
import { poolNeeds } from './pool-memory.ts';
import { configOf } from './surroundings.ts';
import { threadsOf } from './task.ts';
import type { Task } from './task.ts';

/** What a training or a pool costs. */
export interface Estimate {
  readonly seconds: number;
  /** Cores that it has meanwhile. */
  readonly threads: number;
  /** Of its process, at the longest sentences. */
  readonly memoryBytes: number;
  /** What it leaves. */
  readonly diskBytes: number;
  /** What lies beside that for a while: checkpoints while it trains, a generator's weights until its sentences stand. */
  readonly passingDiskBytes: number;
}

/** Tokens that a word comes to, roughly; [CLS] and the like are small beside it. */
const TOKENS_A_WORD = 1.4;
/** A forward pass is this part of a pass forward and back; where the inside of layers is computed twice, a smaller one. */
const FORWARD = 1 / 3;
const FORWARD_CHECKPOINTED = 1 / 4;
/** Writing a sentence, token by token, costs as much as so many forward passes; and this part of what is written is accepted. */
const WRITING = 3;
const ACCEPTED = 1 / 2;
const BYTES = 4;

/** What the estimates of a run's tasks have in common. */
export interface EstimateContext {
  readonly run: PlannedRun;
  readonly corpus: PreparedCorpus;
  readonly costs: ModelCosts;
  /** Generators' weights stay though their sentences stand: other runs of the store may want more of them. */
  readonly keepsGenerators: boolean;
}

/** The costs of a run's trainings, and roughly of its pools, by the tasks' keys. */
export async function estimateTasks(tasks: readonly Task[], context: EstimateContext): Promise<Map<string, Estimate>> {
  const estimates = new Map<string, Estimate>();
  for (const task of tasks) {
    const work = workOf(task, context.corpus);
    if (work) estimates.set(task.key, await estimate(task, work, context));
  }
  return estimates;
}

/** How many examples a task trains on, reads and writes, all epochs together. */
interface Work {
  readonly trained: number;
  readonly read: number;
  readonly written: number;
}

async function estimate(
  task: Task,
  { trained, read, written }: Work,
  { run, corpus, costs, keepsGenerators }: EstimateContext,
): Promise<Estimate> {
  const { configuration, models } = run;
  const kind = task.kind === 'member' || task.kind === 'judge' ? 'classifier' : 'generator';
  const { batchSize, microBatch = batchSize, accumulation, maxLength } = trainingSettingsOf(task);
  const config = await configOf(configuration, kind, models[kind]);
  const manner = trainingManner(configuration, kind);
  const { mean, longest } = sentenceTokens(corpus, maxLength);

  const threads = threadsOf(task);
  const measured = { config, manner, rows: microBatch, threads };
  const { secondsPerToken, secondsPerUpdate } = await costs.of(measured, mean);
  const forward = manner.checkpointing ? FORWARD_CHECKPOINTED : FORWARD;
  const passes = trained + forward * (read + WRITING * written);
  const seconds = passes * mean * secondsPerToken + (trained / (batchSize * accumulation)) * secondsPerUpdate;
  if (task.kind === 'pool') {
    if (config.model_type !== 'gpt2') throw new Error('a pool is written by a GPT-2');
    const chosen = { ...configuration, sampling: { ...configuration.sampling, batchSize: run.samplingBatch } };
    const place = { memory: null, precision: run.precision, isOnGpu: !isOnProcessor(run.device) };
    const classifier = await configOf(configuration, 'classifier', models.classifier);
    const { bytes: memoryBytes } = poolNeeds(chosen, { generator: config, classifier }, place);
    return { seconds, threads, memoryBytes, diskBytes: 0, passingDiskBytes: 0 };
  }

  const isOnGpu = !isOnProcessor(run.device);
  const size = { batch: batchSize, sequence: longest, accumulation, isOnGpu };
  const { total: memoryBytes, gradients, moments } = memoryToTrain(config, size, manner)(microBatch);
  const weights = manner.lora ? gradients : BYTES * parameterCount(config);
  // Judges stay: pools ask them.
  const isKept =
    kind === 'generator'
      ? keepsGenerators || !losesWeights(configuration, task)
      : task.kind === 'judge' || configuration.classifier.keepWeights;
  const isSaved = seconds > configuration.checkpointSeconds;
  // A classifier's best epochs lie beside its checkpoints: those that these refer to, or else the one.
  const best = kind === 'classifier' ? (isSaved ? BESTS_AT_ONCE : 1) * gradients : 0;
  const passing = (isSaved ? CHECKPOINTS_AT_ONCE * (gradients + moments) : 0) + best;
  return {
    seconds,
    threads,
    memoryBytes,
    diskBytes: isKept ? weights : 0,
    passingDiskBytes: passing + (isKept || kind === 'classifier' ? 0 : weights),
  };
}

/** The settings of a task's training; of a pool, of its generator's. */
function trainingSettingsOf(task: Task) {
  switch (task.kind) {
    case 'pool':
      return generatorParameters.parse(task.inputs['generator']!.parameters).settings;
    case 'generator':
      return generatorParameters.parse(task.parameters).settings;
    case 'judge':
      return judgeParameters.parse(task.parameters).settings;
    default:
      return memberParameters.parse(task.parameters).settings;
  }
}

/** Tokens of the training sentences, roughly, at least one. */
function sentenceTokens({ train }: PreparedCorpus, maxLength: number): { mean: number; longest: number } {
  const words = train.map(({ text }) => text.split(/\s+/).length);
  const tokens = (count: number): number => Math.max(1, Math.min(maxLength, Math.ceil(count * TOKENS_A_WORD)));
  return {
    mean: tokens(words.reduce((sum, count) => sum + count, 0) / Math.max(1, words.length)),
    longest: tokens(words.reduce((most, count) => Math.max(most, count), 0)),
  };
}

/** @returns `undefined` where a task does nothing that is told of, or it cannot be told. */
function workOf(task: Task, corpus: PreparedCorpus): Work | undefined {
  switch (task.kind) {
    case 'generator':
      return { trained: generatorExamples(task, corpus), read: 0, written: 0 };
    case 'pool':
      return { trained: 0, read: 0, written: poolParameters.parse(task.parameters).wanted / ACCEPTED };
    case 'judge':
    case 'member': {
      const { epochs } = trainingSettingsOf(task);
      const examples = task.kind === 'judge' ? judgeExamples(task, corpus) : memberExamples(task, corpus);
      return { trained: epochs * examples, read: scoredExamples(corpus, epochs), written: 0 };
    }
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
