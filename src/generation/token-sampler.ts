/**
 * Choosing the next token from a model's logits.
 *
 * In the order of Hugging Face's `generate`: the repetition penalty, temperature, top-k, top-p (the nucleus), min-p; then one draw among the tokens
 * that are left. Every token costs one random number whatever the settings, so that a setting changes the words and not the stream.
 */
import { z } from 'zod';
import type { RandomStream } from '../foundation/random.ts';

/** How a token is chosen, as settings; the defaults are the paper's (temperature 1, top-k 5). */
export const tokenChoiceSettings = {
  temperature: z.number().min(0).default(1).describe('below 1 sharpens, above 1 flattens; 0 takes the most probable'),
  topK: z.int().min(0).default(5).describe('draw from the k most probable tokens; 0 for all'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('draw from the fewest tokens that hold this much of the probability; 1 for all'),
  minP: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('drop tokens below this part of the probability of the most probable one'),
  repetitionPenalty: z
    .number()
    .positive()
    .default(1)
    .describe('above 1, tokens that a sentence has already become less probable'),
};

export interface TokenChoice {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
}

/** Logits to choose among: of all tokens, or of the most probable ones in descending order with their ids. */
export interface Candidates {
  readonly logits: Float32Array;
  /** Left out, the position is the id. */
  readonly ids?: Int32Array | undefined;
}

/** How many of the most probable tokens a choice needs; 0 for all: the penalty changes which these are. */
export function candidatesNeeded({ topK, repetitionPenalty }: TokenChoice): number {
  return repetitionPenalty === 1 ? topK : 0;
}

/**
 * Draws a token. A temperature of 0 takes the most probable one.
 * @param candidates at least those that `candidatesNeeded` tells.
 * @param earlier the sentence's tokens so far, for the repetition penalty.
 */
export function chooseToken(
  candidates: Candidates,
  choice: TokenChoice,
  earlier: readonly number[],
  stream: RandomStream,
): number {
  const uniform = stream.uniform();
  const { weights, ids } = tokenWeights(candidates, choice, earlier);
  let remaining = uniform * sum(weights);
  for (let i = 0; i < weights.length; i++) {
    remaining -= weights[i]!;
    if (remaining < 0) return ids ? ids[i]! : i;
  }
  const last = positionOfLargest(weights);
  return ids ? ids[last]! : last;
}

/**
 * The distribution that `chooseToken` draws from: weights proportional to the probabilities, 1 for the most probable token and 0 for those that may
 * not be drawn. Their ids, or their positions where `ids` is left out.
 */
export function tokenWeights(
  candidates: Candidates,
  { temperature, topK, topP, minP, repetitionPenalty }: TokenChoice,
  earlier: readonly number[],
): { weights: Float64Array; ids?: Int32Array | undefined } {
  let { logits, ids } = candidates;
  if (repetitionPenalty !== 1) logits = penalized(logits, earlier, repetitionPenalty);
  const kept = temperature === 0 ? 1 : topK;
  if (!ids && kept > 0 && kept < logits.length) ({ logits, ids } = largest(logits, kept));

  const weights = new Float64Array(logits.length);
  const best = positionOfLargest(logits);
  if (temperature === 0) {
    weights[best] = 1;
    return { weights, ids };
  }
  for (let i = 0; i < logits.length; i++) weights[i] = Math.exp((logits[i]! - logits[best]!) / temperature);
  if (topP < 1) keepNucleus(weights, topP);
  // The most probable token's weight is 1, so that a weight is the part of its probability.
  if (minP > 0) for (let i = 0; i < weights.length; i++) if (weights[i]! < minP) weights[i] = 0;
  return { weights, ids };
}

function sum(weights: Float64Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  return total;
}

function positionOfLargest(values: Float32Array | Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Keskar et al. 2019 (CTRL), section 4.1, as `RepetitionPenaltyLogitsProcessor` has it: negative logits are multiplied, others divided. */
function penalized(logits: Float32Array, earlier: readonly number[], penalty: number): Float32Array {
  const changed = logits.slice();
  for (const id of new Set(earlier)) {
    const logit = logits[id]!;
    changed[id] = logit < 0 ? logit * penalty : logit / penalty;
  }
  return changed;
}

/** The `count` largest in descending order, equal ones in the order of their ids. */
function largest(logits: Float32Array, count: number): { logits: Float32Array; ids: Int32Array } {
  const values = new Float32Array(count).fill(-Infinity);
  const ids = new Int32Array(count);
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (id >= count && logit <= values[count - 1]!) continue;
    let place = Math.min(id, count - 1);
    for (; place > 0 && values[place - 1]! < logit; place--) {
      values[place] = values[place - 1]!;
      ids[place] = ids[place - 1]!;
    }
    values[place] = logit;
    ids[place] = id;
  }
  return { logits: values, ids };
}

/** Sets to zero all weights but the fewest, and largest, that come to `mass` of all. */
function keepNucleus(weights: Float64Array, mass: number): void {
  const total = sum(weights);
  // All that lie below this hold less than 1 − mass together: the nucleus has none of them, and need not sort them.
  const negligible = ((1 - mass) * total) / weights.length;
  const order: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i]! >= negligible) order.push(i);
  order.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let held = 0;
  const last = order.findIndex((position) => (held += weights[position]!) >= mass * total);
  // Summed in another order they may come to a little less than all: then all are kept.
  if (last < 0) return;
  const kept = new Set(order.slice(0, last + 1));
  for (let i = 0; i < weights.length; i++) if (!kept.has(i)) weights[i] = 0;
}
