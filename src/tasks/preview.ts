/**
 * What a run would do before it does it: which steps stand, which are missing, and what these cost.
 *
 * Only the corpus is read. Trainings are estimated by measuring: a few updates of a model of the same shape, from random weights, with batches of
 * the corpus's mean length, on the device and threads that the run would use. Writing sentences is not estimated: how many must be written
 * until enough are accepted is known only when they are.
 */
import { bertClassifierTraining } from '../nn/bert.ts';
import { decoderFeeds, encoderFeeds, entityFeeds, labelFeeds } from '../nn/batch.ts';
import { gpt2Training } from '../nn/gpt2.ts';
import { initialize } from '../nn/initialize.ts';
import { specificationsOf } from '../nn/model.ts';
import type { ModelConfig } from '../checkpoint/config.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import type { Device } from '../runtime/device.ts';
import { parameterCount } from './threads.ts';
import type { Task } from './task.ts';
import { ADAM_DEFAULTS } from '../runtime/device.ts';

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

/** The costs of a run's trainings. @param configOf a model's shape. */
export async function estimateTrainings(
  missing: readonly Task[],
  configuration: RunConfiguration,
  corpus: PreparedCorpus,
  configOf: (kind: 'generator' | 'classifier') => Promise<ModelConfig>,
  deviceOf: (task: Task) => Promise<Device>,
): Promise<Map<string, Estimate>> {
  const words = corpus.train.map(({ text }) => text.split(/\s+/).length);
  const meanWords = words.reduce((sum, count) => sum + count, 0) / Math.max(1, words.length);
  const positives = corpus.train.filter(({ relation }) => relation !== null).length;
  const measured = new Map<string, { seconds: number; memoryBytes: number; parameters: number; rows: number }>();
  const estimates = new Map<string, Estimate>();
  for (const task of missing) {
    const kind = task.kind === 'generator' ? 'generator' : task.kind === 'member' ? 'classifier' : undefined;
    if (!kind) continue;
    const section = configuration[kind];
    let cost = measured.get(kind);
    if (!cost) {
      const config = await configOf(kind);
      const tokens = Math.min(section.maxLength, Math.ceil(meanWords * TOKENS_A_WORD));
      const rows = section.batchSize;
      const batch = await measureBatch(await deviceOf(task), config, {
        rows,
        tokens,
        classes: corpus.relations.length + 1,
      });
      cost = { ...batch, parameters: parameterCount(config), rows };
      measured.set(kind, cost);
    }
    const examples =
      kind === 'generator'
        ? Math.ceil(positives / Math.max(1, configuration.generator.shared ? 1 : corpus.relations.length))
        : corpus.train.length + Math.ceil(task.name.startsWith('dare') ? positives * configuration.ensemble.ratio : 0);
    const seconds = Math.ceil(examples / cost.rows) * section.epochs * cost.seconds;
    const BYTES = 4;
    const diskBytes = section.keepWeights ? cost.parameters * BYTES : 0;
    estimates.set(task.key, { seconds, memoryBytes: cost.memoryBytes, diskBytes });
  }
  return estimates;
}
