/**
 * How each operator is written in ONNX for ONNX Runtime's CPU provider.
 *
 * A table from operator to rule, one entry each. Another device has another table where its provider lacks an operator used here (FusedMatMul,
 * for one); what an operator means stays in operators/.
 */
import type { Node } from '../graph.ts';
import { MICROSOFT, ONNX_TYPES } from './emitter.ts';
import type { Emitter, OnnxAttribute } from './emitter.ts';
import type { Dimension, Shape } from '../tensor.ts';

/** Writes a node as ONNX nodes; `inputs` and `outputs` are their names in the model. */
export type Lowering = (emit: Emitter, node: Node, inputs: readonly string[], outputs: readonly string[]) => void;
export type LoweringTable = Readonly<Record<string, Lowering>>;

/** The same operator under ONNX's name. */
const same =
  (operator: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}, domain = ''): Lowering =>
  (emit, _, inputs, outputs) =>
    emit.node(operator, inputs, outputs, attributes, domain);

export function numberOf(node: Node, name: string): number {
  const value = node.attributes[name];
  if (typeof value !== 'number') throw new Error(`${node.operator}: the attribute '${name}' is not a number`);
  return value;
}

export function axesOf(node: Node, name: string): readonly number[] {
  const value = node.attributes[name];
  if (!Array.isArray(value)) throw new Error(`${node.operator}: the attribute '${name}' is not a list`);
  return value as readonly number[];
}

export const flag = (node: Node, name: string): number => (node.attributes[name] === true ? 1 : 0);

/** A shape for Reshape; with at most one symbolic dimension it is a constant, as −1 is inferred. */
export function reshapeTarget(emit: Emitter, shape: Shape): string {
  const symbolic = shape.filter((dimension) => typeof dimension !== 'number').length;
  if (symbolic > 1) return emit.shape(shape);
  return emit.integers(shape.map((dimension) => (typeof dimension === 'number' ? dimension : -1)));
}

/** offset + dimension, as an int64 vector of one element. */
function plus(emit: Emitter, offset: number, dimension: Dimension): string {
  if (typeof dimension === 'number') return emit.integers([offset + dimension]);
  return offset === 0
    ? emit.dimension(dimension)
    : emit.value('Add', [emit.dimension(dimension), emit.integers([offset])]);
}

/** Labels [n] as the index column [n, 1] that GatherElements and ScatterElements want. */
export const asColumn = (emit: Emitter, labels: string): string =>
  emit.once(`column:${labels}`, () => emit.value('Unsqueeze', [labels, emit.integers([-1])]));

export const CPU_LOWERING: LoweringTable = {
  fill: (emit, node, _, outputs) => {
    const { shape } = node.outputs[0]!;
    const value = emit.scalar(numberOf(node, 'value'));
    if (shape.length === 0) emit.rename(node.outputs[0]!, value);
    else emit.node('Expand', [value, emit.shape(shape)], outputs);
  },

  add: same('Add'),
  subtract: same('Sub'),
  multiply: same('Mul'),
  divide: same('Div'),
  maximum: same('Max'),
  negate: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  tanh: same('Tanh'),
  erf: same('Erf'),
  sigmoid: same('Sigmoid'),
  relu: same('Relu'),
  isPositive: (emit, _, inputs, outputs) => {
    const positive = emit.value('Greater', [inputs[0]!, emit.scalar(0)]);
    emit.node('Cast', [positive], outputs, { to: ONNX_TYPES.float32 });
  },

  sum: (emit, node, inputs, outputs) => {
    const axes = emit.integers(axesOf(node, 'axes'));
    emit.node('ReduceSum', [inputs[0]!, axes], outputs, { keepdims: flag(node, 'keepAxes') });
  },
  expand: (emit, node, inputs, outputs) =>
    emit.node('Expand', [inputs[0]!, emit.shape(node.outputs[0]!.shape)], outputs),
  // A product with a row of ones: several times faster than ReduceSum over the first axis.
  sumRows: (emit, node, inputs, outputs) => {
    const [rows, width] = node.inputs[0]!.shape;
    const ones = emit.once(`ones:${rows}`, () => emit.value('Expand', [emit.scalar(1), emit.shape([1, rows!])]));
    const sums = emit.value('MatMul', [ones, inputs[0]!]);
    emit.node('Reshape', [sums, reshapeTarget(emit, [width!])], outputs);
  },

  reshape: (emit, node, inputs, outputs) =>
    emit.node('Reshape', [inputs[0]!, reshapeTarget(emit, node.outputs[0]!.shape)], outputs),
  transpose: (emit, node, inputs, outputs) =>
    emit.node('Transpose', inputs, outputs, { perm: axesOf(node, 'permutation') }),
  slice: (emit, node, inputs, outputs) => {
    const axis = numberOf(node, 'axis');
    const start = numberOf(node, 'start');
    const end = plus(emit, start, node.outputs[0]!.shape[axis]!);
    emit.node('Slice', [inputs[0]!, emit.integers([start]), end, emit.integers([axis])], outputs);
  },
  embedInZeros: (emit, node, inputs, outputs) => {
    const axis = numberOf(node, 'axis');
    const start = numberOf(node, 'start');
    const size = node.inputs[0]!.shape[axis]!;
    const total = node.outputs[0]!.shape[axis]!;
    const before = emit.integers([start]);
    const after =
      typeof total === 'number' && typeof size === 'number'
        ? emit.integers([total - start - size])
        : emit.value('Sub', [emit.dimension(total), plus(emit, start, size)]);
    const amounts = emit.value('Concat', [before, after], { axis: 0 });
    emit.node('Pad', [inputs[0]!, amounts, '', emit.integers([axis])], outputs);
  },
  concatenate: (emit, node, inputs, outputs) => emit.node('Concat', inputs, outputs, { axis: numberOf(node, 'axis') }),
  split: (emit, node, inputs, outputs) =>
    emit.node('Split', inputs, outputs, { axis: -1, num_outputs: numberOf(node, 'parts') }),

  // A reshape to its own shape, which costs nothing, worked out from the signal's: ONNX Runtime has no other way to say "not before".
  after: (emit, node, [x, signal], outputs) => {
    const nothing = emit.value('Mul', [emit.value('Shape', [signal!], { start: 0, end: 1 }), emit.integers([0])]);
    emit.node('Reshape', [x!, emit.value('Add', [emit.shape(node.outputs[0]!.shape), nothing])], outputs);
  },

  takeRows: same('Gather', { axis: 0 }),
  // No two rows are equal, so that the writes do not meet.
  placeRows: (emit, node, inputs, outputs) => {
    const zeros = emit.value('Expand', [emit.scalar(0), emit.shape(node.outputs[0]!.shape)]);
    const rows = emit.value('Cast', [asColumn(emit, inputs[1]!)], { to: ONNX_TYPES.int64 });
    emit.node('ScatterND', [zeros, rows, inputs[0]!], outputs);
  },

  gemm: (emit, node, [first, ...others], outputs) => {
    // A transposed copy beforehand: the product itself would transpose its first operand once for every 128 columns of the second.
    const a = flag(node, 'transposeA') ? emit.value('Transpose', [first!], { perm: [1, 0] }) : first!;
    emit.node('Gemm', [a, ...others], outputs, { transB: flag(node, 'transposeB') });
  },
  matmul: (emit, node, inputs, outputs) =>
    emit.node(
      'FusedMatMul',
      inputs,
      outputs,
      {
        transA: flag(node, 'transposeA'),
        transB: flag(node, 'transposeB'),
        transBatchA: flag(node, 'sequenceFirstA'),
        transBatchB: flag(node, 'sequenceFirstB'),
        alpha: { float: numberOf(node, 'scale') },
      },
      MICROSOFT,
    ),

  softmax: same('Softmax', { axis: -1 }),
  layerNorm: (emit, node, inputs, outputs) =>
    emit.node('LayerNormalization', inputs, outputs, { axis: -1, epsilon: { float: numberOf(node, 'epsilon') } }),
  gelu: same('Gelu', {}, MICROSOFT),
  geluTanh: same('FastGelu', {}, MICROSOFT),
  embedding: same('Gather', { axis: 0 }),

  applyMask: (emit, node, inputs, outputs) => {
    const factors = emit.value('DequantizeLinear', [inputs[1]!, emit.scalar(numberOf(node, 'factor'))]);
    emit.node('Mul', [inputs[0]!, factors], outputs);
  },

  pick: (emit, _, inputs, outputs) =>
    emit.node('GatherElements', [inputs[0]!, asColumn(emit, inputs[1]!)], outputs, { axis: 1 }),
  addAt: (emit, _, inputs, outputs) =>
    emit.node('ScatterElements', [inputs[0]!, asColumn(emit, inputs[1]!), inputs[2]!], outputs, {
      axis: 1,
      reduction: 'add',
    }),

  cachedAttention: (emit, node, [qkv, keys, values, lastPosition, totalLength], outputs) => {
    const heads = numberOf(node, 'heads');
    const scale = node.attributes.scale === undefined ? {} : { scale: { float: numberOf(node, 'scale') } };
    emit.node(
      'GroupQueryAttention',
      [qkv!, '', '', keys!, values!, lastPosition!, totalLength!],
      outputs,
      { num_heads: heads, kv_num_heads: heads, do_rotary: 0, ...scale },
      MICROSOFT,
    );
  },
  takePosition: (emit, _, inputs, outputs) => {
    const indices = emit.value('Cast', [asColumn(emit, inputs[1]!)], { to: ONNX_TYPES.int64 });
    emit.node('GatherND', [inputs[0]!, indices], outputs, { batch_dims: 1 });
  },
  topK: (emit, node, inputs, outputs) => {
    const indices = emit.fresh('indices');
    emit.node('TopK', [inputs[0]!, emit.integers([numberOf(node, 'count')])], [outputs[0]!, indices], { axis: -1 });
    emit.node('Cast', [indices], [outputs[1]!], { to: ONNX_TYPES.int32 });
  },
};
