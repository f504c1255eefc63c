/**
 * Token sequences as the arrays that the models' graphs read.
 *
 * A batch is as long as its longest sequence; the rest is padding, which attention does not see and the loss does not count. Rows are
 * sequence-first: row = position · batch + example.
 */
import { HIDDEN } from '../graph/operators/attention.ts';
import type { Feeds, HostTensor } from '../runtime/device.ts';

interface Layout {
  batch: number;
  sequence: number;
}

function layoutOf(sequences: readonly (readonly number[])[]): Layout {
  const sequence = Math.max(...sequences.map((ids) => ids.length));
  return { batch: sequences.length, sequence };
}

/** One number for each position of each sequence, sequence-first; `padding` where a sequence has ended. */
function sequenceFirst(
  { batch, sequence }: Layout,
  padding: number,
  valueAt: (example: number, position: number) => number | undefined,
): Int32Array {
  const rows = new Int32Array(batch * sequence);
  for (let position = 0; position < sequence; position++) {
    for (let example = 0; example < batch; example++) {
      rows[position * batch + example] = valueAt(example, position) ?? padding;
    }
  }
  return rows;
}

const tensor = ({ batch, sequence }: Layout, data: Int32Array | Float32Array): HostTensor => ({
  shape: [sequence, batch],
  data,
});

export interface EncoderSequence {
  readonly ids: readonly number[];
  /** Segment of each token; all 0 when left out. */
  readonly types?: readonly number[];
}

/** Feeds of BERT's encoder. @param padId the token that padding is given; attention never sees it. */
export function encoderFeeds(sequences: readonly EncoderSequence[], padId: number): Feeds {
  const layout = layoutOf(sequences.map(({ ids }) => ids));
  const { batch, sequence } = layout;
  const bias = new Float32Array(batch * sequence);
  sequences.forEach(({ ids }, example) => bias.fill(HIDDEN, example * sequence + ids.length, (example + 1) * sequence));
  return {
    inputIds: tensor(
      layout,
      sequenceFirst(layout, padId, (example, position) => sequences[example]!.ids[position]),
    ),
    tokenTypeIds: tensor(
      layout,
      sequenceFirst(layout, 0, (example, position) => sequences[example]!.types?.[position]),
    ),
    positionIds: tensor(
      layout,
      sequenceFirst(layout, 0, (_, position) => position),
    ),
    attentionBias: { shape: [batch, 1, 1, sequence], data: bias },
  };
}

/**
 * Which rows the entity-marker head reads.
 * @param starts of each sequence the positions at which head and tail begin, not the same one.
 */
export function entityFeeds(starts: readonly { readonly head: number; readonly tail: number }[]): Feeds {
  const batch = starts.length;
  const rows = (side: 'head' | 'tail') => starts.map((positions, example) => positions[side] * batch + example);
  return { entityRows: { shape: [2, batch], data: Int32Array.from([...rows('head'), ...rows('tail')]) } };
}

/** Labels and their weights in the loss, one an example. */
export function labelFeeds(labels: readonly number[], weights: readonly number[]): Feeds {
  return {
    labels: { shape: [labels.length], data: Int32Array.from(labels) },
    labelWeights: { shape: [weights.length], data: Float32Array.from(weights) },
  };
}

/** Target distributions over `classes` classes and their weights in the loss, one an example. */
export function targetFeeds(
  targets: readonly (readonly number[])[],
  classes: number,
  weights: readonly number[],
): Feeds {
  return {
    targets: { shape: [targets.length, classes], data: Float32Array.from(targets.flat()) },
    labelWeights: { shape: [weights.length], data: Float32Array.from(weights) },
  };
}

/**
 * Feeds of GPT-2's training and scoring graphs. Each position's label is the next token; the last has none.
 * @param weight the loss weight of each predicted token.
 */
export function decoderFeeds(sequences: readonly (readonly number[])[], weight: number): Feeds {
  const layout = layoutOf(sequences);
  const { batch, sequence } = layout;
  const weights = new Float32Array(batch * sequence);
  sequences.forEach((ids, example) => {
    for (let position = 0; position + 1 < ids.length; position++) weights[position * batch + example] = weight;
  });
  return {
    inputIds: tensor(
      layout,
      sequenceFirst(layout, 0, (example, position) => sequences[example]![position]),
    ),
    positionIds: tensor(
      layout,
      sequenceFirst(layout, 0, (_, position) => position),
    ),
    causalBias: { shape: [1, 1, sequence, sequence], data: causalBias(sequence) },
    labels: tensor(
      layout,
      sequenceFirst(layout, 0, (example, position) => sequences[example]![position + 1]),
    ),
    labelWeights: tensor(layout, weights),
  };
}

/** Tokens that a causal model predicts in these sequences: all but each one's first. */
export function predictedTokens(sequences: readonly (readonly number[])[]): number {
  return sequences.reduce((sum, ids) => sum + Math.max(0, ids.length - 1), 0);
}

/** [sequence, sequence]: 0 on and below the diagonal, HIDDEN above it. */
export function causalBias(sequence: number): Float32Array {
  const bias = new Float32Array(sequence * sequence);
  for (let query = 0; query < sequence; query++)
    bias.fill(HIDDEN, query * sequence + query + 1, (query + 1) * sequence);
  return bias;
}
