/**
 * Matrix products: nine tenths of the work of a transformer.
 *
 * `linear` is the layer (rows × weights + bias), `matmul` the product of stacks of matrices inside attention. Operands can be read
 * transposed, and in sequence-first order ([sequence, batch, heads, width] read as [batch, heads, sequence, width]), so that no
 * copy is made for the layout.
 */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { formatShape } from '../tensor.ts';
import type { Shape } from '../tensor.ts';
import { sumRows } from './reduction.ts';
import { transpose } from './layout.ts';

interface GemmAttributes extends Record<string, boolean> {
  transposeA: boolean;
  transposeB: boolean;
}

/** `op(a) × op(b) + c`, for matrices; c, if given, is a row added to every row. */
const gemm = defineOperator<GemmAttributes>({
  name: 'gemm',
  infer: ([a, b, c], { transposeA, transposeB }) => {
    if (a!.shape.length !== 2 || b!.shape.length !== 2) throw new Error('not matrices');
    const [rows, inner] = transposeA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
    const [innerB, columns] = transposeB ? [b!.shape[1]!, b!.shape[0]!] : [b!.shape[0]!, b!.shape[1]!];
    if (inner !== innerB) throw new Error(`inner sizes ${inner} and ${innerB} differ`);
    if (c && (c.shape.length !== 1 || c.shape[0] !== columns))
      throw new Error(`the bias ${formatShape(c.shape)} does not fit`);
    return [{ shape: [rows, columns], type: 'float32' }];
  },
  derivative: ({ inputs: [a, b, c], attributes: { transposeA, transposeB }, gradients: [gradient] }) => {
    const forA = transposeA
      ? product(b!, gradient!, transposeB, true) // a is [k, m]: (G Bᵀ)ᵀ = B Gᵀ
      : product(gradient!, b!, false, !transposeB);
    const forB = transposeB
      ? product(gradient!, a!, true, transposeA) // b is [n, k]: (Aᵀ G)ᵀ = Gᵀ A
      : product(a!, gradient!, !transposeA, false);
    return [forA, forB, ...(c ? [sumRows(gradient!)] : [])];
  },
});

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return gemm([a, b], { transposeA, transposeB })[0]!;
}

/** How a layer's weights lie: PyTorch's `nn.Linear` [out, in], or GPT-2's `Conv1D` [in, out]. */
export type WeightLayout = 'out-in' | 'in-out';

/** A linear layer: x [rows, in] → [rows, out]. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | undefined, layout: WeightLayout): Tensor {
  const inputs = bias ? [x, weight, bias] : [x, weight];
  return gemm(inputs, { transposeA: false, transposeB: layout === 'out-in' })[0]!;
}

interface MatmulAttributes extends Record<string, boolean | number> {
  transposeA: boolean;
  transposeB: boolean;
  sequenceFirstA: boolean;
  sequenceFirstB: boolean;
  scale: number;
}

const SEQUENCE_FIRST_TO_BATCH_FIRST = [1, 2, 0, 3];
const BATCH_FIRST_TO_SEQUENCE_FIRST = [2, 0, 1, 3];

const batched = defineOperator<MatmulAttributes>({
  name: 'matmul',
  infer: ([a, b], { transposeA, transposeB, sequenceFirstA, sequenceFirstB }) => {
    const logical = (shape: Shape, sequenceFirst: boolean, transposed: boolean): Shape => {
      const batchFirst = sequenceFirst ? SEQUENCE_FIRST_TO_BATCH_FIRST.map((axis) => shape[axis]!) : [...shape];
      const [rows, columns] = batchFirst.slice(-2);
      return transposed ? [...batchFirst.slice(0, -2), columns!, rows!] : batchFirst;
    };
    if (a!.shape.length !== 4 || b!.shape.length !== 4) throw new Error('not stacks of rank 4');
    const first = logical(a!.shape, sequenceFirstA, transposeA);
    const second = logical(b!.shape, sequenceFirstB, transposeB);
    if (first[0] !== second[0] || first[1] !== second[1] || first[3] !== second[2])
      throw new Error(`${formatShape(first)} and ${formatShape(second)} do not multiply`);
    return [{ shape: [first[0]!, first[1]!, first[2]!, second[3]!], type: 'float32' }];
  },
  derivative: ({ inputs: [a, b], attributes, gradients: [gradient] }) => {
    const { transposeA, transposeB, sequenceFirstA, sequenceFirstB, scale } = attributes;
    const asA = { transposeA, sequenceFirstA };
    const forA = transposeA
      ? matmul(b!, gradient!, { transposeA: transposeB, sequenceFirstA: sequenceFirstB, transposeB: true, scale })
      : matmul(gradient!, b!, { transposeB: !transposeB, sequenceFirstB, scale });
    const forB = transposeB
      ? matmul(gradient!, a!, {
          transposeA: true,
          transposeB: asA.transposeA,
          sequenceFirstB: asA.sequenceFirstA,
          scale,
        })
      : matmul(a!, gradient!, { transposeA: !asA.transposeA, sequenceFirstA: asA.sequenceFirstA, scale });
    return [
      sequenceFirstA ? transpose(forA, BATCH_FIRST_TO_SEQUENCE_FIRST) : forA,
      sequenceFirstB ? transpose(forB, BATCH_FIRST_TO_SEQUENCE_FIRST) : forB,
    ];
  },
});

/**
 * `scale · op(a) × op(b)` for stacks [batch, heads, rows, columns]; a sequence-first operand is [rows, batch, heads, columns].
 * The result is [batch, heads, rows of op(a), columns of op(b)].
 */
export function matmul(a: Tensor, b: Tensor, options: Partial<MatmulAttributes> = {}): Tensor {
  return batched([a, b], {
    transposeA: false,
    transposeB: false,
    sequenceFirstA: false,
    sequenceFirstB: false,
    scale: 1,
    ...options,
  })[0]!;
}
