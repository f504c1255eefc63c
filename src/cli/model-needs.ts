/**
 * What a model needs of a machine: memory to train and to run it, disk for what is kept.
 *
 * Of the shape of the model and of its batches alone (nn/model-memory.ts).
 */
import type { ModelConfig } from '../checkpoint/config.ts';
import { labelCount, parseModelConfig } from '../checkpoint/config.ts';
import { configure } from '../dare/presets.ts';
import type { Precision } from '../graph/onnx/precision.ts';
import { loraSettingsSchema } from '../nn/lora.ts';
import { memoryToRun, memoryToTrain, parameterCount } from '../nn/model-memory.ts';
import { memoryBudget } from '../runtime/training-memory.ts';
import { chooseMicroBatch } from '../training/micro-batch.ts';

/** Sizes in bytes. */
export interface ModelNeeds {
  readonly parameters: number;
  /**
   * `state`: weights, gradients and moments. `total` is all of it, with the program itself, where the whole batch is run at once; `microBatch` rows
   * at once (null: not even one) fit into what a training may take, and `microBatchTotal` is what they need.
   */
  readonly training: {
    readonly state: number;
    readonly activations: number;
    readonly total: number;
    readonly budget: number;
    readonly microBatch: number | null;
    readonly microBatchTotal: number;
  };
  readonly inference: number;
  /** A model folder's weights, 4 bytes a parameter: with adapters theirs alone. */
  readonly modelFile: number;
  /** What training writes so that it can go on: what is trained, and both moments. */
  readonly trainingCheckpoint: number;
}

const BERT_BASE = { model_type: 'bert' };
const BERT_LARGE = {
  model_type: 'bert',
  hidden_size: 1024,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  intermediate_size: 4096,
};

/** Models known by name without a download. Settings left out are those of `transformers`. */
export const KNOWN_MODELS: Readonly<Record<string, ModelConfig>> = Object.fromEntries(
  Object.entries({
    'bert-base': BERT_BASE,
    'bert-base-uncased': BERT_BASE,
    'bert-large': BERT_LARGE,
    'bert-large-uncased': BERT_LARGE,
    gpt2: { model_type: 'gpt2' },
    'gpt2-medium': { model_type: 'gpt2', n_embd: 1024, n_layer: 24, n_head: 16 },
    'gpt2-large': { model_type: 'gpt2', n_embd: 1280, n_layer: 36, n_head: 20 },
    'gpt2-xl': { model_type: 'gpt2', n_embd: 1600, n_layer: 48, n_head: 25 },
  }).map(([name, config]) => [name, parseModelConfig(config, name)]),
);

export interface TrainingShape {
  readonly batch: number;
  readonly length: number;
  /** Batches of an update. */
  readonly accumulation?: number;
  readonly checkpointing?: boolean;
  /** Of a GPT-2's adapters, with the default targets; all weights are trained unless given. */
  readonly loraRank?: number | undefined;
  /** What a training may take, in bytes. */
  readonly budget?: number;
  readonly isOnGpu?: boolean;
  /** In which it runs. */
  readonly precision?: Precision;
}

/** What a model needs with batches of `batch` rows of `length` tokens. A BERT is counted as a classifier. */
export function modelNeeds(config: ModelConfig, shape: TrainingShape): ModelNeeds {
  const { batch, length, accumulation = 1, checkpointing = false, loraRank } = shape;
  const { budget = memoryBudget(null), isOnGpu = false, precision = 'float32' } = shape;
  const classes = labelCount(config) ?? 2;
  const parameters = parameterCount(config, classes);
  const lora = loraRank === undefined ? undefined : loraSettingsSchema.parse({ rank: loraRank });
  const size = { batch, sequence: length };
  const needed = memoryToTrain(config, { ...size, accumulation, isOnGpu }, { checkpointing, lora, classes });
  const { weights, gradients, moments, activations, total } = needed(batch);
  const bytesFor = (rows: number): number => needed(rows).total;
  const microBatch = chooseMicroBatch({ batchSize: batch, bytesFor, budget }) ?? null;
  return {
    parameters,
    training: {
      state: weights + gradients + moments,
      activations,
      total,
      budget,
      microBatch,
      microBatchTotal: bytesFor(microBatch ?? 1),
    },
    inference: memoryToRun(config, size, { isOnGpu, precision }),
    modelFile: lora ? gradients : 4 * parameters,
    trainingCheckpoint: gradients + moments,
  };
}

/** Batches of an update in a run that is not told otherwise: another number for generators than for classifiers. */
export function usualAccumulation({ model_type }: ModelConfig): number {
  const { generator, classifier } = configure({ corpus: { path: 'corpus' } });
  return (model_type === 'gpt2' ? generator : classifier).accumulation;
}

/** The longest sequence that a model reads, in tokens. */
export function longestSequence(config: ModelConfig): number {
  return config.model_type === 'gpt2' ? config.n_positions : config.max_position_embeddings;
}
