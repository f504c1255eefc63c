/**
 * Batches of similar length.
 *
 * A batch is as long as its longest example, so that examples of like length belong together. An epoch is shuffled, cut into windows of some
 * batches, sorted by length within each window, cut into batches, and the batches shuffled: nearly no padding, and still another mix every epoch.
 */
import type { RandomStream } from '../foundation/random.ts';

/** Batches in a window. More: less padding, and less mixing. */
const WINDOW_BATCHES = 50;

/**
 * The batches of one epoch, as indices of examples. Every example is in exactly one batch; only the last made may be smaller.
 * @param lengths tokens of each example.
 */
export function planEpoch(lengths: readonly number[], batchSize: number, stream: RandomStream): number[][] {
  const order = stream.shuffle(lengths.map((_, index) => index));
  const batches: number[][] = [];
  const windowSize = batchSize * WINDOW_BATCHES;
  for (let start = 0; start < order.length; start += windowSize) {
    const window = order.slice(start, start + windowSize).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
    for (let at = 0; at < window.length; at += batchSize) batches.push(window.slice(at, at + batchSize));
  }
  return stream.shuffle(batches);
}

/**
 * Batches for scoring: longest first, so that memory is asked for at once; results are put back in order by the indices.
 * @param mostTokens of a batch, padding included; an example that is longer is a batch by itself.
 */
export function planScoring(lengths: readonly number[], batchSize: number, mostTokens = Infinity): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: number[][] = [];
  for (let at = 0; at < order.length; at += batches.at(-1)!.length) {
    const fitting = Math.max(1, Math.floor(mostTokens / lengths[order[at]!]!));
    batches.push(order.slice(at, at + Math.min(batchSize, fitting)));
  }
  return batches;
}

/** Real tokens, and tokens with padding, of batches. */
export function countTokens(
  batches: readonly (readonly number[])[],
  lengths: readonly number[],
): { real: number; padded: number } {
  let real = 0;
  let padded = 0;
  for (const batch of batches) {
    const all = batch.map((index) => lengths[index]!);
    real += all.reduce((sum, length) => sum + length, 0);
    padded += all.length * Math.max(...all);
  }
  return { real, padded };
}
