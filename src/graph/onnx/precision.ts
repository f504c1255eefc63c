/**
 * A graph in float16, for inference: half the memory and, on GPUs, up to twice the speed, where three digits do.
 *
 * Weights and state are halves. What costs time, the products, is done in halves; sums, exponentials and norms, which would lose digits or
 * overflow at 65,504, in float32; the rest in the wider of what it is given. PyTorch's autocast divides the operators in the same way. Data goes in and results
 * come out as float32. What a product adds up in is the kernel's: float32 on the processor, halves in some of ONNX Runtime's GPU kernels, where long sums are coarser.
 */
import type { Node, Tensor } from '../graph.ts';

/** The numbers of frozen weights, and of what is computed from them. */
export const PRECISIONS = ['float32', 'float16'] as const;
export type Precision = (typeof PRECISIONS)[number];

const IN_HALVES: ReadonlySet<string> = new Set(['gemm', 'matmul', 'cachedAttention', 'embedding']);
const IN_FLOAT32: ReadonlySet<string> = new Set([
  ...['softmax', 'layerNorm', 'exp', 'log', 'sqrt', 'sum', 'sumRows', 'divide', 'erf'],
  ...['fill', 'isPositive', 'pick', 'topK'],
]);

/** The precision of each floating-point tensor while a graph is written. */
export class Precisions {
  readonly #of = new Map<Tensor, Precision>();

  set(tensor: Tensor, precision: Precision): void {
    this.#of.set(tensor, precision);
  }

  /** Data is float32 until it meets an operator that wants halves. */
  of(tensor: Tensor): Precision {
    return this.#of.get(tensor) ?? 'float32';
  }

  /** In which a node is computed: its operator's, or the widest of its inputs'. */
  forNode({ operator, inputs }: Node): Precision {
    if (IN_HALVES.has(operator)) return 'float16';
    if (IN_FLOAT32.has(operator)) return 'float32';
    const floats = inputs.filter(({ type }) => type === 'float32');
    return floats.length > 0 && floats.every((tensor) => this.of(tensor) === 'float16') ? 'float16' : 'float32';
  }
}
