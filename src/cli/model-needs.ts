/**
 * What a model needs of a machine: memory to train and to run it, disk for what is kept.
 *
 * Training is estimated from its graph (runtime/training-memory.ts). To run it, with p parameters, l layers, width h, heads a, vocabulary v, batches of b
 * rows with s tokens, in bytes (numbers take 4):
 *
 *     8·p                               weights, and their copy laid out for speed
 *     8·l·b·s·h + 4·b·v   (GPT-2)       the key/value cache, logits of one position
 *     4·b·s·(9·h + a·s)   (BERT)        one layer's values
 *     2^28                              Node, the library, the program
 */
import type { ModelConfig } from '../checkpoint/config.ts';
import { labelCount, parseModelConfig } from '../checkpoint/config.ts';
import { bertClassifierScoring, bertClassifierTraining } from '../nn/bert.ts';
import { gpt2Scoring, gpt2Training } from '../nn/gpt2.ts';
import { isAdapter, loraSettingsSchema } from '../nn/lora.ts';
import { specificationsOf } from '../nn/model.ts';
import { bytesOnGpu, memoryBudget, trainingMemory } from '../runtime/training-memory.ts';
import type { TrainingMemory } from '../runtime/training-memory.ts';
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
  /** A model folder's weights: 4 bytes a parameter. */
  readonly modelFile: number;
  /** What training writes so that it can go on: what is trained, and both moments. */
  readonly trainingCheckpoint: number;
}

/** Models known by name without a download. Settings left out are those of `transformers`. */
export const KNOWN_MODELS: Readonly<Record<string, ModelConfig>> = Object.fromEntries(
  Object.entries({
    'bert-base': { model_type: 'bert' },
    'bert-large': {
      model_type: 'bert',
      hidden_size: 1024,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      intermediate_size: 4096,
    },
    gpt2: { model_type: 'gpt2' },
    'gpt2-medium': { model_type: 'gpt2', n_embd: 1024, n_layer: 24, n_head: 16 },
    'gpt2-large': { model_type: 'gpt2', n_embd: 1280, n_layer: 36, n_head: 20 },
    'gpt2-xl': { model_type: 'gpt2', n_embd: 1600, n_layer: 48, n_head: 25 },
  }).map(([name, config]) => [name, parseModelConfig(config, name)]),
);

/** Node, the library, the program. */
const PROGRAM = 2 ** 28;

export interface TrainingShape {
  readonly batch: number;
  readonly length: number;
  readonly checkpointing?: boolean;
  /** Of a GPT-2's adapters, with the default targets; all weights are trained unless given. */
  readonly loraRank?: number | undefined;
  /** What a training may take, in bytes. */
  readonly budget?: number;
  readonly isOnGpu?: boolean;
}

/** What a model needs with batches of `batch` rows of `length` tokens. A BERT is counted as a classifier. */
export function modelNeeds(config: ModelConfig, shape: TrainingShape): ModelNeeds {
  const { batch, length, budget = memoryBudget(null), isOnGpu = false } = shape;
  const isGpt2 = config.model_type === 'gpt2';
  const graph = isGpt2 ? gpt2Scoring(config) : bertClassifierScoring(config, labelCount(config) ?? 2);
  const parameters = specificationsOf(graph).reduce(
    (sum, { shape: sizes }) => sum + sizes.reduce((product, size) => product * size, 1),
    0,
  );
  const { layers, width, heads } = isGpt2
    ? { layers: config.n_layer, width: config.n_embd, heads: config.n_head }
    : { layers: config.num_hidden_layers, width: config.hidden_size, heads: config.num_attention_heads };
  const tokens = batch * length;
  const working = isGpt2
    ? 8 * layers * tokens * width + 4 * batch * config.vocab_size
    : 4 * tokens * (9 * width + heads * length);
  const needed = trainingNeeds(config, shape);
  const { weights, gradients, moments, activations, total } = needed(batch);
  const bytesFor = (rows: number): number => (isOnGpu ? bytesOnGpu(needed(rows), rows < batch) : needed(rows).total);
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
    inference: 8 * parameters + working + PROGRAM,
    modelFile: 4 * parameters,
    trainingCheckpoint: gradients + moments,
  };
}

/** Memory by the rows run at once. */
function trainingNeeds(
  config: ModelConfig,
  { batch, length, checkpointing = false, loraRank }: TrainingShape,
): (rows: number) => TrainingMemory {
  const lora = loraRank === undefined ? undefined : loraSettingsSchema.parse({ rank: loraRank });
  const memory =
    config.model_type === 'gpt2'
      ? trainingMemory(gpt2Training(config, { checkpointing, lora }), lora ? isAdapter : () => true)
      : trainingMemory(bertClassifierTraining(config, labelCount(config) ?? 2, { checkpointing }), () => true);
  return (rows) => memory({ batch: rows, sequence: length }, rows < batch ? { batch, sequence: length } : undefined);
}

/** The longest sequence that a model reads, in tokens. */
export function longestSequence(config: ModelConfig): number {
  return config.model_type === 'gpt2' ? config.n_positions : config.max_position_embeddings;
}
