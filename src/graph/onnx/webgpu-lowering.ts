/**
 * How operators are written in ONNX for ONNX Runtime's WebGPU provider, where it lacks what the CPU's rules use: a node that the provider does not
 * know runs on the processor, and its operands cross the bus twice. Rules not named here are the CPU's.
 */

import type { Emitter } from './emitter.ts';
import { CPU_LOWERING, flag, numberOf } from './lowering.ts';
import type { LoweringTable } from './lowering.ts';

/** The axes of a stack [batch, heads, rows, columns] as they lie: sequence first, and the last two swapped, if so. */
function stackOrder(sequenceFirst: boolean, transposed: boolean): readonly number[] {
  const [rows, columns] = sequenceFirst ? [0, 3] : [2, 3];
  const [batch, heads] = sequenceFirst ? [1, 2] : [0, 1];
  return transposed ? [batch, heads, columns, rows] : [batch, heads, rows, columns];
}

/** A transposed copy; none where the axes are in order. */
function ordered(emit: Emitter, name: string, order: readonly number[]): string {
  return order.every((axis, index) => axis === index) ? name : emit.value('Transpose', [name], { perm: order });
}

export const WEBGPU_LOWERING: LoweringTable = {
  ...CPU_LOWERING,

  gemm: (emit, node, inputs, outputs) =>
    emit.node('Gemm', inputs, outputs, { transA: flag(node, 'transposeA'), transB: flag(node, 'transposeB') }),
  matmul: (emit, node, [first, second], outputs) => {
    const { sequenceFirstA, sequenceFirstB, transposeA, transposeB } = node.attributes;
    // Before the product, which in halves may pass 65,504 where attention's scaled scores do not. The second operand is as wide as a head: smaller than scores.
    const scale = numberOf(node, 'scale');
    const scaled = scale === 1 ? second! : emit.value('Mul', [second!, emit.scalar(scale)]);
    const a = ordered(emit, first!, stackOrder(sequenceFirstA === true, transposeA === true));
    const b = ordered(emit, scaled, stackOrder(sequenceFirstB === true, transposeB === true));
    emit.node('MatMul', [a, b], outputs);
  },

  // The mask is a boolean here (generated-masks.ts).
  applyMask: (emit, node, [x, mask], outputs) => {
    const scaled = emit.value('Mul', [x!, emit.scalar(numberOf(node, 'factor'))]);
    emit.node('Where', [mask!, scaled, emit.scalar(0)], outputs);
  },
};
