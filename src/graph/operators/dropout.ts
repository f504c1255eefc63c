/** Dropout with a mask given from outside, so that the randomness is the run's own: named, seeded, and the same on a resumed run. */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { sameShape } from '../tensor.ts';

const applyMask = defineOperator<{ factor: number }>({
  name: 'applyMask',
  infer: ([x, mask]) => {
    if (!sameShape(x!.shape, mask!.shape) || mask!.type !== 'uint8') throw new Error('the mask does not fit');
    return [{ shape: x!.shape, type: x!.type }];
  },
  derivative: ({ inputs: [, mask], attributes: { factor }, gradients: [gradient] }) => [
    scaleByMask(gradient!, mask!, 1 / factor),
  ],
});

/**
 * Inverted dropout: elements are dropped with `probability` and the rest scaled by 1/(1 − probability).
 * @param site the mask's name, unique in the graph.
 */
export function dropout(x: Tensor, probability: number, site: string): Tensor {
  if (probability === 0) return x;
  const mask = x.graph.mask(`mask:${site}`, x.shape, 1 - probability);
  return scaleByMask(x, mask, 1 - probability);
}

/** x where the mask is 1, divided by the probability of keeping; 0 elsewhere. */
export function scaleByMask(x: Tensor, mask: Tensor, keepProbability: number): Tensor {
  return applyMask([x, mask], { factor: 1 / keepProbability })[0]!;
}
