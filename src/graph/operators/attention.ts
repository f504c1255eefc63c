/**
 * Scaled dot-product attention over whole sequences, for training and evaluation.
 *
 * Rows are sequence-first (row = position · batch + example), the order in which stacks of heads are read without a copy. The
 * derivative is the composite's own: the row sums Σⱼ Pᵢⱼ·dPᵢⱼ that softmax's gradient needs equal dOᵢ·Oᵢ (FlashAttention, arXiv 2205.14135,
 * appendix B.2), which is a pass over [sequence, width] in place of two over [sequence, sequence].
 */
import type { Graph, Tensor } from '../graph.ts';
import type { Dimension } from '../tensor.ts';
import { multiplyDimensions } from '../tensor.ts';
import { add, multiply, scale as scaled, subtract } from './elementwise.ts';
import { scaleByMask } from './dropout.ts';
import { reshape, transpose } from './layout.ts';
import { matmul } from './matmul.ts';
import { softmax } from './normalization.ts';
import { sumOver } from './reduction.ts';

export interface AttentionShape {
  batch: Dimension;
  /** Length of the queries; may be less than the keys' (the last layer of a classifier asks for one position only). */
  queries: Dimension;
  keys: Dimension;
  heads: number;
  /** Width of a head. */
  width: number;
}

export interface AttentionOptions {
  /** Added to the scores before softmax; broadcasts to [batch, heads, queries, keys]. Large negative values hide a key. It is data: there is no derivative by it. */
  bias: Tensor;
  /** What scores are multiplied by before the bias is added; 1/√width when absent. */
  scale?: number | undefined;
  /** Probability of dropping an attention weight, and the name of the mask. */
  dropout: number;
  site: string;
}

/**
 * softmax(scale · q kᵀ + bias) v, by head.
 * @param q [queries·batch, heads·width], sequence-first; @param k, v [keys·batch, heads·width].
 * @returns [queries·batch, heads·width].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, shape: AttentionShape, options: AttentionOptions): Tensor {
  const { graph } = q;
  const { batch, queries, keys, heads, width } = shape;
  const scale = options.scale ?? 1 / Math.sqrt(width);
  const stack = (x: Tensor, length: Dimension) => reshape(x, [length, batch, heads, width]);
  const rows = (x: Tensor, length: Dimension) =>
    reshape(transpose(x, [2, 0, 1, 3]), [multiplyDimensions(batch, length), heads * width]);

  return graph.composite('attention', [q, k, v, options.bias], () => {
    const [queryStack, keyStack, valueStack] = [stack(q, queries), stack(k, keys), stack(v, keys)];
    const scores = matmul(queryStack, keyStack, {
      sequenceFirstA: true,
      sequenceFirstB: true,
      transposeB: true,
      scale,
    });
    const probabilities = softmax(add(scores, options.bias));
    const drop = dropping(graph, options, [batch, heads, queries, keys]);
    const kept = drop(probabilities);
    const output = matmul(kept, valueStack, { sequenceFirstB: true });
    const outputRows = rows(output, queries);
    return {
      outputs: [outputRows],
      differentiate: ([gradient]) => {
        const gradientStack = stack(gradient!, queries);
        const forKept = matmul(gradientStack, valueStack, {
          sequenceFirstA: true,
          sequenceFirstB: true,
          transposeB: true,
        });
        const forValues = matmul(kept, gradientStack, { transposeA: true, sequenceFirstB: true });
        const products = reshape(multiply(gradient!, outputRows), [queries, batch, heads, width]);
        const rowSums = transpose(sumOver(products, [-1]), [1, 2, 0, 3]);
        const forScores = multiply(probabilities, subtract(drop(forKept), rowSums));
        const forQueries = matmul(forScores, keyStack, { sequenceFirstB: true, scale });
        const forKeys = matmul(forScores, queryStack, { transposeA: true, sequenceFirstB: true, scale });
        return [rows(forQueries, queries), rows(forKeys, keys), rows(forValues, keys)];
      },
    };
  })[0]!;
}

/** Hides a key from attention: exp of it is zero in float32 beside any score. */
export const HIDDEN = -1e9;

/**
 * The bias under which positions see only positions of their own segment: 0 within one, at most `HIDDEN` between two. For several documents packed in one
 * sequence, so that none reads another.
 * @param segments [batch, sequence] float32, whole numbers; equal ones are one segment.
 * @returns [batch, 1, sequence, sequence].
 */
export function segmentBias(segments: Tensor): Tensor {
  const [batch, sequence] = segments.shape as [Dimension, Dimension];
  const difference = subtract(reshape(segments, [batch, 1, sequence, 1]), reshape(segments, [batch, 1, 1, sequence]));
  return scaled(multiply(difference, difference), HIDDEN);
}

/** Dropout of the attention weights; forward and backward pass share the mask. */
function dropping(graph: Graph, options: AttentionOptions, shape: readonly Dimension[]): (x: Tensor) => Tensor {
  if (options.dropout === 0) return (x) => x;
  const mask = graph.mask(`mask:${options.site}`, shape, 1 - options.dropout);
  return (x) => scaleByMask(x, mask, 1 - options.dropout);
}
