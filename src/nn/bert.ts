/**
 * BERT (Devlin et al. 2018), as graphs: the sequence classifier and the masked language model, for training and for scoring.
 *
 * An encoder: token, position and segment embeddings, normalized; layers of bidirectional self-attention and a feed-forward layer, each added to the
 * stream and normalized after. The classifier has one of two heads: it reads the first position ([CLS]) through a tanh layer (the pooler), or the
 * positions at which the two entities begin, side by side (Baldini Soares et al. 2019, arXiv 1906.03158: "entity start"). The masked language
 * model predicts tokens with the token embeddings again (tied). Names and layouts are Hugging Face's (`nn.Linear`: [out, in]).
 *
 * Rows are sequence-first: row = position · batch + example, so that the [CLS] rows are the first `batch` ones. A classifier's last layer is
 * computed for the rows that its head reads alone, since nothing reads the others: nearly a twelfth of a twelve-layer model's work.
 */
import type { BertConfig } from '../checkpoint/config.ts';
import { checkpoint } from '../graph/checkpoint.ts';
import { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/graph.ts';
import { activate } from '../graph/operators/activation.ts';
import { attention, segmentBias } from '../graph/operators/attention.ts';
import { dropout } from '../graph/operators/dropout.ts';
import { add, tanh } from '../graph/operators/elementwise.ts';
import { embedding } from '../graph/operators/embedding.ts';
import { flattenRows, reshape, slice, takeRows, transpose } from '../graph/operators/layout.ts';
import { crossEntropy, negativeLogLikelihoods, softCrossEntropy } from '../graph/operators/loss.ts';
import { topK } from '../graph/operators/decoding.ts';
import { linear } from '../graph/operators/matmul.ts';
import { addAndNormalize, layerNorm, softmax } from '../graph/operators/normalization.ts';
import { sumOver } from '../graph/operators/reduction.ts';
import type { Dimension } from '../graph/tensor.ts';

const ROWS: Dimension = 'batch*sequence';

interface Context {
  graph: Graph;
  config: BertConfig;
  /** Dropout is applied. */
  training: boolean;
  checkpointing?: boolean | undefined;
}

export interface TrainingOptions {
  /** Of each layer only the input is kept for the way back; the rest is computed twice (graph/checkpoint.ts). */
  readonly checkpointing?: boolean;
}

function dense(x: Tensor, name: string, inWidth: number, outWidth: number, { graph }: Context): Tensor {
  const weight = graph.parameter(`${name}.weight`, [outWidth, inWidth]);
  return linear(x, weight, graph.parameter(`${name}.bias`, [outWidth]), 'out-in');
}

function normWeights(name: string, { graph, config }: Context): [Tensor, Tensor, number] {
  const width = [config.hidden_size];
  return [graph.parameter(`${name}.weight`, width), graph.parameter(`${name}.bias`, width), config.layer_norm_eps];
}

function hiddenDropout(x: Tensor, site: string, { config, training }: Context): Tensor {
  return dropout(x, training ? config.hidden_dropout_prob : 0, site);
}

/** The encoder's input: [batch·sequence, hidden]. */
function embeddings(context: Context): { x: Tensor; words: Tensor } {
  const { graph, config } = context;
  const table = (name: string, rows: number) =>
    graph.parameter(`bert.embeddings.${name}.weight`, [rows, config.hidden_size]);
  const indices = (name: string) => graph.input(name, { shape: ['sequence', 'batch'], type: 'int32' });
  const words = table('word_embeddings', config.vocab_size);
  const sum = add(
    add(
      embedding(words, indices('inputIds')),
      embedding(table('token_type_embeddings', config.type_vocab_size), indices('tokenTypeIds')),
    ),
    embedding(table('position_embeddings', config.max_position_embeddings), indices('positionIds')),
  );
  const normalized = layerNorm(flattenRows(sum), ...normWeights('bert.embeddings.LayerNorm', context));
  return { x: hiddenDropout(normalized, 'bert.embeddings', context), words };
}

/**
 * The keys, without their bias: it adds q·b to all scores of a query alike, which softmax does not see, so that its gradient is zero as well. The
 * parameter is kept for the checkpoint.
 */
function keys(x: Tensor, name: string, { graph, config }: Context): Tensor {
  const width = config.hidden_size;
  const weight = graph.parameter(`${name}.weight`, [width, width]);
  graph.parameter(`${name}.bias`, [width]);
  return linear(x, weight, undefined, 'out-in');
}

/**
 * One layer.
 * @param x all positions, [batch·sequence, hidden].
 * @param queried the positions computed, `queries` of each sequence: [queries·batch, hidden].
 */
function layer(x: Tensor, queried: Tensor, queries: Dimension, bias: Tensor, prefix: string, context: Context): Tensor {
  const { config, training } = context;
  const width = config.hidden_size;
  const heads = config.num_attention_heads;
  const self = `${prefix}.attention.self`;
  const attended = attention(
    dense(queried, `${self}.query`, width, width, context),
    keys(x, `${self}.key`, context),
    dense(x, `${self}.value`, width, width, context),
    { batch: 'batch', queries, keys: 'sequence', heads, width: width / heads },
    { bias, dropout: training ? config.attention_probs_dropout_prob : 0, site: `${self}.weights` },
  );
  const attentionOutput = dense(attended, `${prefix}.attention.output.dense`, width, width, context);
  const middle = addAndNormalize(
    queried,
    hiddenDropout(attentionOutput, `${prefix}.attention.output`, context),
    ...normWeights(`${prefix}.attention.output.LayerNorm`, context),
  );
  const hidden = dense(middle, `${prefix}.intermediate.dense`, width, config.intermediate_size, context);
  const output = dense(
    activate(hidden, config.hidden_act),
    `${prefix}.output.dense`,
    config.intermediate_size,
    width,
    context,
  );
  return addAndNormalize(
    middle,
    hiddenDropout(output, `${prefix}.output`, context),
    ...normWeights(`${prefix}.output.LayerNorm`, context),
  );
}

/** Positions of which alone the last layer is computed: so many of each example. */
interface ReadPositions {
  readonly count: number;
  /** Their rows: [batch·sequence, hidden] → [count·batch, hidden]. */
  readonly rows: (x: Tensor) => Tensor;
}

/**
 * The encoder.
 *
 * Inputs: `inputIds`, `tokenTypeIds`, `positionIds` [sequence, batch] int32; `attentionBias` [batch, 1, 1, sequence], 0 where there is a token
 * and a large negative number at padding; with `packed`, in its place `segments` [batch, sequence], a number for each document of a sequence
 * (padding has its own).
 * @returns the last layer at every position, or at the positions `read` alone: [count·batch, hidden].
 */
function encode(
  context: Context,
  { read, packed = false }: { read?: ReadPositions; packed?: boolean } = {},
): { x: Tensor; words: Tensor } {
  const { graph, config } = context;
  const embedded = embeddings(context);
  const bias = packed
    ? segmentBias(graph.input('segments', { shape: ['batch', 'sequence'], type: 'float32' }))
    : graph.input('attentionBias', { shape: ['batch', 1, 1, 'sequence'], type: 'float32' });
  let { x } = embedded;
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const prefix = `bert.encoder.layer.${index}`;
    const reads = index === config.num_hidden_layers - 1 ? read : undefined;
    const apply = (input: Tensor) =>
      layer(input, reads ? reads.rows(input) : input, reads ? reads.count : 'sequence', bias, prefix, context);
    x = context.checkpointing ? checkpoint(x, apply) : apply(x);
  }
  return { x, words: embedded.words };
}

/** What the [CLS] head reads of a sentence: [batch, hidden]. */
function pooledStart(context: Context): Tensor {
  const { hidden_size: width } = context.config;
  const { x } = encode(context, { read: { count: 1, rows: (input) => slice(input, 0, 0, 'batch') } });
  return tanh(dense(x, 'bert.pooler.dense', width, width, context));
}

/**
 * What the entity-marker head reads: the states at the two start markers, side by side, [batch, 2·hidden].
 *
 * Inputs: `entityRows` [2, batch] int32, which row (position · batch + example) of each example is its head's marker, and which its tail's.
 */
function entityStarts(context: Context): Tensor {
  const { graph, config } = context;
  const width = config.hidden_size;
  const rows = reshape(graph.input('entityRows', { shape: [2, 'batch'], type: 'int32' }), ['2*batch']);
  const { x } = encode(context, { read: { count: 2, rows: (input) => takeRows(input, rows) } });
  return reshape(transpose(reshape(x, [2, 'batch', width]), [1, 0, 2]), ['batch', 2 * width]);
}

function classifierLogits(context: Context, labels: number): Tensor {
  const { config, training } = context;
  const read = config.classifier_head === 'cls' ? pooledStart(context) : entityStarts(context);
  const rate = config.classifier_dropout ?? config.hidden_dropout_prob;
  return dense(dropout(read, training ? rate : 0, 'classifier'), 'classifier', Number(read.shape[1]), labels, context);
}

/**
 * The classifier's loss (of `BertForSequenceClassification`, where it has the [CLS] head): Σ weight · −log p(label), a scalar.
 *
 * Inputs beside the encoder's and the head's: `labels` [batch] int32, or with `softTargets` in their place `targets` [batch, labels], a distribution for each
 * example; `labelWeights` [batch]. Outputs: `loss`, `logits` [batch, labels].
 */
export function bertClassifierTraining(
  config: BertConfig,
  labels: number,
  { softTargets = false, ...options }: TrainingOptions & { readonly softTargets?: boolean } = {},
): { graph: Graph; loss: Tensor } {
  const graph = new Graph();
  const logits = classifierLogits({ graph, config, training: true, ...options }, labels);
  const weights = graph.input('labelWeights', { shape: ['batch'], type: 'float32' });
  const loss = softTargets
    ? softCrossEntropy(logits, graph.input('targets', { shape: ['batch', labels], type: 'float32' }), weights)
    : crossEntropy(logits, graph.input('labels', { shape: ['batch'], type: 'int32' }), weights);
  graph.output('loss', loss);
  graph.output('logits', logits);
  return { graph, loss };
}

/** The classifier without dropout. Outputs: `logits`, `probabilities` [batch, labels]. */
export function bertClassifierScoring(config: BertConfig, labels: number): Graph {
  const graph = new Graph();
  const logits = classifierLogits({ graph, config, training: false }, labels);
  graph.output('logits', logits);
  graph.output('probabilities', softmax(logits));
  return graph;
}

/** The masked language model's head over hidden states [rows, hidden]: logits [rows, vocabulary]. */
function predictions({ x, words }: { x: Tensor; words: Tensor }, context: Context): Tensor {
  const { graph, config } = context;
  const width = config.hidden_size;
  const transform = 'cls.predictions.transform';
  const activated = activate(dense(x, `${transform}.dense`, width, width, context), config.hidden_act);
  const normalized = layerNorm(activated, ...normWeights(`${transform}.LayerNorm`, context));
  return linear(normalized, words, graph.parameter('cls.predictions.bias', [config.vocab_size]), 'out-in');
}

/**
 * Logits of documents packed into sequences, at the predicted positions alone, which are few: the head costs as much as a layer or two.
 *
 * Inputs beside the encoder's: `predictedRows` [predicted] int32, which rows (position · batch + example) are predicted.
 */
function packedLogits(context: Context): Tensor {
  const { x, words } = encode(context, { packed: true });
  const rows = context.graph.input('predictedRows', { shape: ['predicted'], type: 'int32' });
  return predictions({ x: takeRows(x, rows), words }, context);
}

/**
 * The masked language model's loss (`BertForMaskedLM`): Σ weight · −log p(label) over all positions.
 *
 * Inputs beside the encoder's: `labels` int32 and `labelWeights` [sequence, batch], the latter 0 where nothing is to be predicted.
 */
export function bertMaskedTraining(config: BertConfig, options: TrainingOptions = {}): { graph: Graph; loss: Tensor } {
  const graph = new Graph();
  const context: Context = { graph, config, training: true, ...options };
  const logits = predictions(encode(context), context);
  const labels = graph.input('labels', { shape: ['sequence', 'batch'], type: 'int32' });
  const weights = graph.input('labelWeights', { shape: ['sequence', 'batch'], type: 'float32' });
  const loss = crossEntropy(logits, reshape(labels, [ROWS]), reshape(weights, [ROWS]));
  graph.output('loss', loss);
  return { graph, loss };
}

/** The masked language model without dropout. Outputs: `logits` [sequence, batch, vocabulary], `negativeLogLikelihoods` [sequence, batch]. */
export function bertMaskedScoring(config: BertConfig): Graph {
  const graph = new Graph();
  const context: Context = { graph, config, training: false };
  const logits = predictions(encode(context), context);
  const labels = graph.input('labels', { shape: ['sequence', 'batch'], type: 'int32' });
  graph.output('logits', reshape(logits, ['sequence', 'batch', config.vocab_size]));
  const scores = negativeLogLikelihoods(logits, reshape(labels, [ROWS]));
  graph.output('negativeLogLikelihoods', reshape(scores, ['sequence', 'batch']));
  return graph;
}

/**
 * The masked language model's loss over documents packed into sequences: Σ weight · −log p(label) over the predicted positions.
 *
 * Inputs: `inputIds`, `tokenTypeIds`, `positionIds` [sequence, batch] int32; `segments` [batch, sequence]; `predictedRows`, `labels` [predicted]
 * int32 and `labelWeights` [predicted].
 */
export function bertPackedTraining(config: BertConfig, options: TrainingOptions = {}): { graph: Graph; loss: Tensor } {
  const graph = new Graph();
  const logits = packedLogits({ graph, config, training: true, ...options });
  const labels = graph.input('labels', { shape: ['predicted'], type: 'int32' });
  const weights = graph.input('labelWeights', { shape: ['predicted'], type: 'float32' });
  const loss = crossEntropy(logits, labels, weights);
  graph.output('loss', loss);
  return { graph, loss };
}

/**
 * The same without dropout, and without weights. Outputs: `negativeLogLikelihoods`, and `logitSums` which tell whether they are made of numbers, both
 * [predicted]; `best` [predicted, 1] int32, the likeliest token.
 */
export function bertPackedScoring(config: BertConfig): Graph {
  const graph = new Graph();
  const logits = packedLogits({ graph, config, training: false });
  const labels = graph.input('labels', { shape: ['predicted'], type: 'int32' });
  graph.output('negativeLogLikelihoods', negativeLogLikelihoods(logits, labels));
  graph.output('logitSums', reshape(sumOver(logits, [-1]), ['predicted']));
  graph.output('best', topK(logits, 1).indices);
  return graph;
}

/** The bare encoder (`BertModel`) without dropout. Output: `lastHiddenState` [sequence, batch, hidden]. */
export function bertEncoding(config: BertConfig): Graph {
  const graph = new Graph();
  const { x } = encode({ graph, config, training: false });
  graph.output('lastHiddenState', reshape(x, ['sequence', 'batch', config.hidden_size]));
  return graph;
}
