/**
 * The memory that a model takes, to train it and to run it, by its shape alone.
 *
 * Training is estimated from its graph (runtime/training-memory.ts). To run it, with p parameters, l layers, width h, heads a, vocabulary v, batches of b
 * rows with s tokens, in bytes (numbers take 4; weights and cache that a GPU holds in halves 2):
 *
 *     8·p                               weights, and their copy laid out for speed (none on a GPU: 4·p, in buffers of its sizes, as the cache)
 *     8·l·b·s·h + 4·b·v   (GPT-2)       the key/value cache, logits of one position
 *     4·b·s·(9·h + a·s)   (BERT)        one layer's values
 *     8·b·s·v             (perplexity)  beside a layer's values, logits of all positions and their softmax; the weights have no copy
 *     2^28                              Node, the library, the program
 */
import type { Gpt2Config, ModelConfig } from '../checkpoint/config.ts';
import { gpuRoom } from '../graph/onnx/memory-rules.ts';
import type { Precision } from '../graph/onnx/precision.ts';
import { elementCount } from '../graph/tensor.ts';
import { PROGRAM, trainingMemory } from '../runtime/training-memory.ts';
import type { TrainingMemory } from '../runtime/training-memory.ts';
import { bertClassifierScoring, bertClassifierTraining } from './bert.ts';
import { gpt2Scoring, gpt2Training } from './gpt2.ts';
import { isAdapter } from './lora.ts';
import type { LoraSettings } from './lora.ts';
import { specificationsOf } from './model.ts';

/** Classes of a BERT where their number is not told: a few more or fewer make no difference. */
const CLASSES = 2;

/** What decides how a model is trained, beside its shape. */
export interface TrainingManner {
  /** See `TrainingOptions.checkpointing`. */
  readonly checkpointing?: boolean;
  /** A GPT-2's adapters are trained; all weights unless given. */
  readonly lora?: LoraSettings | undefined;
  /** Of a BERT as a classifier. */
  readonly classes?: number;
}

/** The graph of a model's training and which weights it trains. */
export function trainingOf(config: ModelConfig, { checkpointing = false, lora, classes = CLASSES }: TrainingManner) {
  return config.model_type === 'gpt2'
    ? { ...gpt2Training(config, { checkpointing, lora }), isTrained: lora ? isAdapter : () => true }
    : { ...bertClassifierTraining(config, classes, { checkpointing }), isTrained: () => true };
}

/** Rows of a batch, and tokens of its longest one. */
export interface BatchSize {
  readonly batch: number;
  readonly sequence: number;
}

/** What an update takes, and where. */
export interface UpdateSize extends BatchSize {
  /** Batches of an update. */
  readonly accumulation: number;
  readonly isOnGpu: boolean;
}

/**
 * What a run plans its trainings with, and `dare doctor` tells of.
 * @returns memory by the rows of the batch that are run at once.
 */
export function memoryToTrain(
  config: ModelConfig,
  { batch, sequence, accumulation, isOnGpu }: UpdateSize,
  manner: TrainingManner,
): (rows: number) => TrainingMemory {
  const { isTrained, ...training } = trainingOf(config, manner);
  const memory = trainingMemory(training, isTrained);
  return (rows) => {
    const whole = rows < batch ? { batch, sequence } : undefined;
    return memory({ batch: rows, sequence }, whole, { isOnGpu, accumulates: accumulation > 1 });
  };
}

/** Where a model is run, as far as its memory depends on it. */
export interface RunningPlace {
  readonly isOnGpu: boolean;
  /** Of weights and cache; float32 unless given. */
  readonly precision?: Precision;
}

const ON_PROCESSOR: RunningPlace = { isOnGpu: false };

/** Bytes of a number that is held in the place's precision. */
const numberBytes = ({ precision }: RunningPlace): number => (precision === 'float16' ? 2 : 4);

/** What so many bytes in one piece take there. */
const roomIn = ({ isOnGpu }: RunningPlace): ((bytes: number) => number) => (isOnGpu ? gpuRoom : (bytes) => bytes);

const layerBytes = (tokens: number, sequence: number, width: number, heads: number): number =>
  4 * tokens * (9 * width + heads * sequence);

/** Bytes to run a model, a GPT-2 that writes or a BERT that classifies, beside its weights and the program. */
export function workingMemory(
  config: ModelConfig,
  { batch, sequence }: BatchSize,
  place: RunningPlace = ON_PROCESSOR,
): number {
  const tokens = batch * sequence;
  const room = roomIn(place);
  return config.model_type === 'gpt2'
    ? 2 * config.n_layer * room(numberBytes(place) * tokens * config.n_embd) + room(4 * batch * config.vocab_size)
    : layerBytes(tokens, sequence, config.hidden_size, config.num_attention_heads);
}

/** The same, with these. */
export function memoryToRun(config: ModelConfig, size: BatchSize, place: RunningPlace = ON_PROCESSOR): number {
  const weights = (place.isOnGpu ? 1 : 2) * weightBytes(config, place);
  return weights + workingMemory(config, size, place) + PROGRAM;
}

/** Bytes to find out how probable a GPT-2 finds texts, of so many tokens at once. */
export function memoryToScore(config: Gpt2Config, tokens: number, place: RunningPlace = ON_PROCESSOR): number {
  const values = layerBytes(tokens, Math.min(tokens, config.n_positions), config.n_embd, config.n_head);
  return weightBytes(config, place) + values + 8 * tokens * config.vocab_size + PROGRAM;
}

/** Numbers of a model's weights; a BERT's with a classifier on top. */
export const parameterCount = (config: ModelConfig, classes = CLASSES): number =>
  weightSizes(config, classes).reduce((sum, size) => sum + size, 0);

/** Bytes of the weights where they are not trained. */
function weightBytes(config: ModelConfig, place: RunningPlace): number {
  const room = roomIn(place);
  return weightSizes(config, CLASSES).reduce((sum, size) => sum + room(numberBytes(place) * size), 0);
}

/** Numbers of each of the weights. */
function weightSizes(config: ModelConfig, classes: number): number[] {
  const graph = config.model_type === 'gpt2' ? gpt2Scoring(config) : bertClassifierScoring(config, classes);
  return specificationsOf(graph).map(({ shape }) => elementCount(shape));
}
