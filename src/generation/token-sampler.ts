/** Choosing the next token: temperature and top-k over logits. */
import type { RandomStream } from '../foundation/random.ts';

/**
 * Draws one of the candidates with probability proportional to exp(logit / temperature). A temperature of 0 takes the largest.
 * @param logits candidates' logits; @param indices their token ids, or left out when the position is the id.
 */
export function sampleToken(
  logits: Float32Array,
  indices: Int32Array | undefined,
  temperature: number,
  stream: RandomStream,
): number {
  let largest = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[largest]!) largest = i;
  const tokenAt = (candidate: number) => (indices ? indices[candidate]! : candidate);
  // One draw a token in every case, so that a setting changes the words and not the stream.
  const uniform = stream.uniform();
  if (temperature === 0) return tokenAt(largest);

  const weights = new Float64Array(logits.length);
  let total = 0;
  for (let i = 0; i < logits.length; i++) {
    weights[i] = Math.exp((logits[i]! - logits[largest]!) / temperature);
    total += weights[i]!;
  }
  let remaining = uniform * total;
  for (let i = 0; i < logits.length; i++) {
    remaining -= weights[i]!;
    if (remaining < 0) return tokenAt(i);
  }
  return tokenAt(largest);
}
