/**
 * Operators for generating text: attention with a key/value cache, and choosing the next token. They run forward only and have no
 * derivatives.
 */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import type { Dimension } from '../tensor.ts';

const attend = defineOperator<{ heads: number; scale?: number | undefined }>({
  name: 'cachedAttention',
  infer: ([qkv, keys, values]) => {
    const [batch, length, width] = qkv!.shape;
    if (typeof width !== 'number') throw new Error('the width must be a number');
    return [
      { shape: [batch!, length!, width / 3], type: 'float32' },
      { shape: keys!.shape, type: 'float32' },
      { shape: values!.shape, type: 'float32' },
    ];
  },
});

export interface CachedAttention {
  /** [batch, length, width]. */
  output: Tensor;
  /** The cache with the new keys and values in it, [batch, heads, capacity, head width]; may share the memory of the old one. */
  keys: Tensor;
  values: Tensor;
}

/**
 * Causal attention of new positions over themselves and all earlier ones in the cache.
 * @param qkv [batch, length, 3·width]: queries, keys and values of the new positions side by side.
 * @param keys,values the cache, [batch, heads, capacity, head width].
 * @param lastPosition [batch] int32: for each sequence, the index of its last valid position once the new ones are in.
 * @param totalLength scalar int32: the longest sequence in the batch, new positions included.
 * @param scale what scores are multiplied by before softmax; 1/√(head width) when absent.
 */
export function cachedAttention(
  qkv: Tensor,
  keys: Tensor,
  values: Tensor,
  lastPosition: Tensor,
  totalLength: Tensor,
  { heads, scale }: { heads: number; scale?: number | undefined },
): CachedAttention {
  const [output, newKeys, newValues] = attend([qkv, keys, values, lastPosition, totalLength], { heads, scale });
  return { output: output!, keys: newKeys!, values: newValues! };
}

const takeRowOfEach = defineOperator<Record<string, never>>({
  name: 'takePosition',
  infer: ([x]) => [{ shape: [x!.shape[0]!, x!.shape[2]!], type: x!.type }],
});

/** x [batch, length, width], positions [batch] int32 → [batch, width]: one position of each sequence. */
export function takePosition(x: Tensor, positions: Tensor): Tensor {
  return takeRowOfEach([x, positions], {})[0]!;
}

const largest = defineOperator<{ count: number }>({
  name: 'topK',
  infer: ([x], { count }) => {
    const shape: Dimension[] = [x!.shape[0]!, count];
    return [
      { shape, type: 'float32' },
      { shape, type: 'int32' },
    ];
  },
});

/** The `count` largest of each row, in descending order: values and indices, [batch, count]. */
export function topK(x: Tensor, count: number): { values: Tensor; indices: Tensor } {
  const [values, indices] = largest([x], { count });
  return { values: values!, indices: indices! };
}
