/**
 * What a model needs of a machine: memory to train and to run it, disk for what is kept.
 *
 * With p parameters, l layers, width h, heads a, vocabulary v, batches of b rows with s tokens, in bytes (numbers take 4, dropout masks 1):
 *
 *     training    16·p                               weights, gradients, AdamW's two moments
 *               + 4/3 · l·b·s·(66·h + 9·a·s)         what the layers keep for the way back
 *               + 4/3 · 12·b·s·v   (GPT-2 only)      logits, their softmax, its gradient
 *     inference   8·p                                weights, and their copy laid out for speed
 *               + 8·l·b·s·h + 4·b·v   (GPT-2)        the key/value cache, logits of one position
 *               + 4·b·s·(9·h + a·s)   (BERT)         one layer's values
 *     both      + 2^28                               Node, the library, the program
 *
 * A layer keeps 16 numbers of width h a token (inputs of both halves and of the norms, queries, keys, values, attended, and the
 * feed-forward layer's 4·h before and after the activation), its scores after softmax and after dropout (2·a·s), and masks: it is
 * the count of Korthikanti et al. 2022 (arXiv 2205.05198, equation 1) with 4-byte numbers. The third on top is what the library's allocator
 * holds in reserve; with it the estimate is within an eighth of the peaks that bench/train-step.ts prints (GPT-2 at 4 × 128 and 2 × 512,
 * BERT-base at 8 × 128 and 32 × 128).
 */
import type { ModelConfig } from '../checkpoint/config.ts';
import { labelCount, parseModelConfig } from '../checkpoint/config.ts';
import { bertClassifierScoring } from '../nn/bert.ts';
import { gpt2Scoring } from '../nn/gpt2.ts';
import { specificationsOf } from '../nn/model.ts';

/** Sizes in bytes. */
export interface ModelNeeds {
  readonly parameters: number;
  /** `state`: weights, gradients and moments. `total` is all of it, with the program itself. */
  readonly training: { readonly state: number; readonly activations: number; readonly total: number };
  readonly inference: number;
  /** A model folder's weights: 4 bytes a parameter. */
  readonly modelFile: number;
  /** What training writes so that it can go on: weights and both moments. */
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
const ALLOCATOR_RESERVE = 4 / 3;

/** What a model needs with batches of `batch` rows of `length` tokens. A BERT is counted as a classifier. */
export function modelNeeds(config: ModelConfig, { batch, length }: { batch: number; length: number }): ModelNeeds {
  const isGpt2 = config.model_type === 'gpt2';
  const graph = isGpt2 ? gpt2Scoring(config) : bertClassifierScoring(config, labelCount(config) ?? 2);
  const parameters = specificationsOf(graph).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  const { layers, width, heads } = isGpt2
    ? { layers: config.n_layer, width: config.n_embd, heads: config.n_head }
    : { layers: config.num_hidden_layers, width: config.hidden_size, heads: config.num_attention_heads };
  const tokens = batch * length;
  const kept = layers * tokens * (66 * width + 9 * heads * length) + (isGpt2 ? 12 * tokens * config.vocab_size : 0);
  const working = isGpt2
    ? 8 * layers * tokens * width + 4 * batch * config.vocab_size
    : 4 * tokens * (9 * width + heads * length);
  const state = 16 * parameters;
  const activations = Math.round(kept * ALLOCATOR_RESERVE);
  return {
    parameters,
    training: { state, activations, total: state + activations + PROGRAM },
    inference: 8 * parameters + working + PROGRAM,
    modelFile: 4 * parameters,
    trainingCheckpoint: 12 * parameters,
  };
}

/** The longest sequence that a model reads, in tokens. */
export function longestSequence(config: ModelConfig): number {
  return config.model_type === 'gpt2' ? config.n_positions : config.max_position_embeddings;
}
