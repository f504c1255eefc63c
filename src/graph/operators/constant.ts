/** Tensors of one repeated value. */
import type { Graph, Tensor } from '../graph.ts';
import type { Shape } from '../tensor.ts';

/** A float32 tensor of this shape with every element `value`. */
export function fill(graph: Graph, shape: Shape, value: number): Tensor {
  return graph.append('fill', [], { value }, [{ shape, type: 'float32' }], () => () => [])[0]!;
}
