/** The keys of dropout masks: a mask is a function of the batch's seed and its own name, the same on a resumed run. */
import { createHash } from 'node:crypto';
import { KEYS_PER_MASK } from '../../graph/onnx/generated-masks.ts';

/** The key of one mask: `KEYS_PER_MASK` int32 numbers. */
export function maskKeys(name: string, seed: readonly (string | number)[]): number[] {
  const digest = createHash('sha512')
    .update(JSON.stringify([...seed, name]))
    .digest();
  return Array.from({ length: KEYS_PER_MASK }, (_, index) => digest.readInt32LE(4 * index));
}
