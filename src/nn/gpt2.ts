/**
 * GPT-2 (Radford et al. 2018), as graphs: one for training and scoring whole sequences, one for generating token by token.
 *
 * A decoder-only transformer: token and position embeddings; blocks of causal self-attention and a feed-forward layer, each reading a
 * layer-normalized copy of the stream and adding to it; a last layer norm; logits by the token embeddings again (tied). Names and
 * layouts of the weights are those of Hugging Face's `GPT2LMHeadModel`, whose linear layers (`Conv1D`) lie [in, out].
 *
 * In the training graph rows are sequence-first: row = position · batch + example (nn/batch.ts lays batches out so).
 */
import type { Gpt2Config } from '../checkpoint/config.ts';
import { checkpoint } from '../graph/checkpoint.ts';
import { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/graph.ts';
import { activate } from '../graph/operators/activation.ts';
import { attention, segmentBias } from '../graph/operators/attention.ts';
import { cachedAttention, takePosition, topK } from '../graph/operators/decoding.ts';
import { dropout } from '../graph/operators/dropout.ts';
import { add } from '../graph/operators/elementwise.ts';
import { embedding } from '../graph/operators/embedding.ts';
import { flattenRows, reshape, split } from '../graph/operators/layout.ts';
import { crossEntropy, negativeLogLikelihoods } from '../graph/operators/loss.ts';
import { linear } from '../graph/operators/matmul.ts';
import { layerNorm } from '../graph/operators/normalization.ts';
import { sumOver } from '../graph/operators/reduction.ts';
import type { Dimension } from '../graph/tensor.ts';
import { adapted, isTarget } from './lora.ts';
import type { LoraSettings } from './lora.ts';

const ROWS: Dimension = 'batch*sequence';

/** What one layer reads: its number, the model's settings, and whether this is training (dropout). */
interface Block {
  graph: Graph;
  config: Gpt2Config;
  prefix: string;
  /** Adapters beside the linear layers that they name. */
  lora?: LoraSettings | undefined;
  training: boolean;
}

/**
 * What attention scores of a layer are multiplied by, where that is not 1/√(head width): models that were trained in half precision divide those of
 * layer i, from 0, by i + 1 as well.
 */
function scoreScale(
  { n_embd, n_head, scale_attn_by_inverse_layer_idx }: Gpt2Config,
  layer: number,
): number | undefined {
  return scale_attn_by_inverse_layer_idx ? 1 / (Math.sqrt(n_embd / n_head) * (layer + 1)) : undefined;
}

function normalized(x: Tensor, name: string, { graph, config }: Pick<Block, 'graph' | 'config'>): Tensor {
  const width = [config.n_embd];
  return layerNorm(
    x,
    graph.parameter(`${name}.weight`, width),
    graph.parameter(`${name}.bias`, width),
    config.layer_norm_epsilon,
  );
}

function projected(
  x: Tensor,
  name: string,
  inWidth: number,
  outWidth: number,
  { graph, lora, training }: Pick<Block, 'graph' | 'lora' | 'training'>,
): Tensor {
  const weight = graph.parameter(`${name}.weight`, [inWidth, outWidth]);
  const y = linear(x, weight, graph.parameter(`${name}.bias`, [outWidth]), 'in-out');
  return lora && isTarget(name, lora.targets) ? adapted(x, y, name, lora, training) : y;
}

/** One block over the stream x [rows, width]; `attend` maps queries, keys and values side by side [rows, 3·width] to [rows, width]. */
function block(x: Tensor, context: Block, residualDropout: number, attend: (qkv: Tensor) => Tensor): Tensor {
  const { config, prefix } = context;
  const width = config.n_embd;
  const inner = config.n_inner ?? 4 * width;

  const qkv = projected(normalized(x, `${prefix}.ln_1`, context), `${prefix}.attn.c_attn`, width, 3 * width, context);
  const attended = projected(attend(qkv), `${prefix}.attn.c_proj`, width, width, context);
  const middle = add(x, dropout(attended, residualDropout, `${prefix}.attn`));

  const hidden = projected(normalized(middle, `${prefix}.ln_2`, context), `${prefix}.mlp.c_fc`, width, inner, context);
  const activated = activate(hidden, config.activation_function);
  const output = projected(activated, `${prefix}.mlp.c_proj`, inner, width, context);
  return add(middle, dropout(output, residualDropout, `${prefix}.mlp`));
}

/** Token plus position embeddings of ids and positions [a, b] as rows [a·b, width], and the token table for the logits. */
function embed(graph: Graph, config: Gpt2Config, ids: Tensor, positions: Tensor): { x: Tensor; tokens: Tensor } {
  const tokens = graph.parameter('transformer.wte.weight', [config.vocab_size, config.n_embd]);
  const places = graph.parameter('transformer.wpe.weight', [config.n_positions, config.n_embd]);
  return { x: flattenRows(add(embedding(tokens, ids), embedding(places, positions))), tokens };
}

/**
 * Logits of whole sequences.
 *
 * Inputs: `inputIds`, `positionIds` [sequence, batch] int32; `causalBias` [1, 1, sequence, sequence]. Padding is at the end, where causality
 * hides it. With `packed` also `segments` [batch, sequence], a number for each document of a sequence: none sees another.
 * @returns [batch·sequence, vocabulary].
 */
function sequenceLogits(
  graph: Graph,
  config: Gpt2Config,
  training: boolean,
  { packed = false, checkpointing = false, lora }: TrainingOptions,
): Tensor {
  const ids = graph.input('inputIds', { shape: ['sequence', 'batch'], type: 'int32' });
  const positions = graph.input('positionIds', { shape: ['sequence', 'batch'], type: 'int32' });
  const causal = graph.input('causalBias', { shape: [1, 1, 'sequence', 'sequence'], type: 'float32' });
  const bias = packed
    ? add(causal, segmentBias(graph.input('segments', { shape: ['batch', 'sequence'], type: 'float32' })))
    : causal;
  const rate = (probability: number) => (training ? probability : 0);

  const embedded = embed(graph, config, ids, positions);
  let x = dropout(embedded.x, rate(config.embd_pdrop), 'transformer.drop');
  for (let layer = 0; layer < config.n_layer; layer++) {
    const context: Block = { graph, config, prefix: `transformer.h.${layer}`, lora, training };
    const attend = (qkv: Tensor): Tensor => {
      const [queries, keys, values] = split(qkv, 3);
      const heads = config.n_head;
      return attention(
        queries!,
        keys!,
        values!,
        { batch: 'batch', queries: 'sequence', keys: 'sequence', heads, width: config.n_embd / heads },
        {
          bias,
          scale: scoreScale(config, layer),
          dropout: rate(config.attn_pdrop),
          site: `${context.prefix}.attn.weights`,
        },
      );
    };
    const apply = (input: Tensor) => block(input, context, rate(config.resid_pdrop), attend);
    x = checkpointing ? checkpoint(x, apply) : apply(x);
  }
  const last = normalized(x, 'transformer.ln_f', { graph, config });
  return linear(last, embedded.tokens, undefined, 'out-in');
}

export interface SequenceOptions {
  /** Several documents in one sequence, kept apart in attention by the input `segments`. */
  readonly packed?: boolean;
}

export interface TrainingOptions extends SequenceOptions {
  /** Of each block only the input is kept for the way back; the rest is computed twice (graph/checkpoint.ts). */
  readonly checkpointing?: boolean;
  /** Adapters are put beside the layers; train these alone (`isAdapter`). */
  readonly lora?: LoraSettings | undefined;
}

/**
 * The language-model loss: Σ weight · −log p(label), a scalar. Labels are the next tokens; a weight of 0 ignores a position.
 *
 * Inputs beside those of `sequenceLogits`: `labels` int32 and `labelWeights` [sequence, batch]. Output: `loss`.
 */
export function gpt2Training(config: Gpt2Config, options: TrainingOptions = {}): { graph: Graph; loss: Tensor } {
  const graph = new Graph();
  const logits = sequenceLogits(graph, config, true, options);
  const labels = graph.input('labels', { shape: ['sequence', 'batch'], type: 'int32' });
  const weights = graph.input('labelWeights', { shape: ['sequence', 'batch'], type: 'float32' });
  const loss = crossEntropy(logits, reshape(labels, [ROWS]), reshape(weights, [ROWS]));
  graph.output('loss', loss);
  return { graph, loss };
}

/**
 * −log p of each next token. Inputs as for training, without the weights; outputs: `negativeLogLikelihoods` [sequence, batch], and with
 * `withLogits` also `logits` [sequence, batch, vocabulary].
 */
export function gpt2Scoring(
  config: Gpt2Config,
  options: SequenceOptions & { withLogits?: boolean; withSums?: boolean } = {},
): Graph {
  const graph = new Graph();
  const logits = sequenceLogits(graph, config, false, options);
  const labels = graph.input('labels', { shape: ['sequence', 'batch'], type: 'int32' });
  const scores = negativeLogLikelihoods(logits, reshape(labels, [ROWS]));
  graph.output('negativeLogLikelihoods', reshape(scores, ['sequence', 'batch']));
  if (options.withSums) graph.output('logitSums', reshape(sumOver(logits, [-1]), ['sequence', 'batch']));
  if (options.withLogits) graph.output('logits', reshape(logits, ['sequence', 'batch', config.vocab_size]));
  return graph;
}

/** Names of a layer's cache. */
export const cacheNames = (layer: number): { keys: string; values: string } => ({
  keys: `keys.${layer}`,
  values: `values.${layer}`,
});

/**
 * One step of generation: new tokens in, the most probable next tokens out. Serves the prompt (several tokens a row) and what follows (one).
 *
 * Inputs: `inputIds`, `positionIds` [batch, length] int32; `lastPosition` [batch] int32, the index in the cache of each row's last valid token;
 * `lastIndex` [batch] int32, the same within the new tokens; `totalLength` scalar int32. State: per layer keys and values
 * [batch, heads, capacity, head width]. Outputs: `values`, `indices` [batch, candidates], the largest logits in descending order; all
 * logits as `logits` [batch, vocabulary] when `candidates` is 0.
 */
export function gpt2Decoding(config: Gpt2Config, candidates: number): Graph {
  const graph = new Graph();
  const heads = config.n_head;
  const width = config.n_embd;
  const ids = graph.input('inputIds', { shape: ['batch', 'length'], type: 'int32' });
  const positions = graph.input('positionIds', { shape: ['batch', 'length'], type: 'int32' });
  const lastPosition = graph.input('lastPosition', { shape: ['batch'], type: 'int32' });
  const lastIndex = graph.input('lastIndex', { shape: ['batch'], type: 'int32' });
  const totalLength = graph.input('totalLength', { shape: [], type: 'int32' });

  const embedded = embed(graph, config, ids, positions);
  let { x } = embedded;
  for (let layer = 0; layer < config.n_layer; layer++) {
    const context: Block = { graph, config, prefix: `transformer.h.${layer}`, training: false };
    x = block(x, context, 0, (qkv) => {
      const names = cacheNames(layer);
      const cache = (name: string) =>
        graph.input(name, { shape: ['batch', heads, 'capacity', width / heads], type: 'float32' }, 'state');
      const stacked = reshape(qkv, ['batch', 'length', 3 * width]);
      const { output, keys, values } = cachedAttention(
        stacked,
        cache(names.keys),
        cache(names.values),
        lastPosition,
        totalLength,
        { heads, scale: scoreScale(config, layer) },
      );
      graph.output(`next:${names.keys}`, keys);
      graph.output(`next:${names.values}`, values);
      return flattenRows(output);
    });
  }
  const last = takePosition(reshape(x, ['batch', 'length', width]), lastIndex);
  const logits = linear(normalized(last, 'transformer.ln_f', { graph, config }), embedded.tokens, undefined, 'out-in');
  if (candidates > 0) {
    const best = topK(logits, Math.min(candidates, config.vocab_size));
    graph.output('values', best.values);
    graph.output('indices', best.indices);
  } else {
    graph.output('logits', logits);
  }
  return graph;
}
