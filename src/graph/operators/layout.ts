/** Operators that move elements and change none: reshape, transpose, slice, concatenate. */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { formatShape, multiplyDimensions, normalizeAxis, sameShape, sizeOf } from '../tensor.ts';
import type { Dimension, Shape } from '../tensor.ts';

// Symbolic shapes travel as text in attributes: attributes are plain data, and a shape is only read when the graph is lowered.
const encode = (shape: Shape): string => JSON.stringify(shape);

const reshapeTo = defineOperator<{ shape: string }>({
  name: 'reshape',
  infer: ([x], { shape }) => {
    const target = JSON.parse(shape) as Shape;
    if (sizeOf(x!.shape) !== sizeOf(target)) throw new Error(`cannot become ${formatShape(target)}`);
    return [{ shape: target, type: x!.type }];
  },
  derivative: ({ inputs: [x], gradients: [gradient] }) => [reshape(gradient!, x!.shape)],
});

/** The same elements in another shape of the same size. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : reshapeTo([x], { shape: encode(shape) })[0]!;
}

const permute = defineOperator<{ permutation: readonly number[] }>({
  name: 'transpose',
  infer: ([x], { permutation }) => {
    if (
      [...permutation].sort((a, b) => a - b).some((axis, index) => axis !== index) ||
      permutation.length !== x!.shape.length
    )
      throw new Error(`[${permutation.join(', ')}] is no permutation of its axes`);
    return [{ shape: permutation.map((axis) => x!.shape[axis]!), type: x!.type }];
  },
  derivative: ({ attributes: { permutation }, gradients: [gradient] }) => {
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return [transpose(gradient!, inverse)];
  },
});

/** The axes in another order: result axis i is x's axis `permutation[i]`. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  return permute([x], { permutation })[0]!;
}

interface SliceAttributes extends Record<string, number | string> {
  axis: number;
  start: number;
  /** The size of the result along the axis: a number, or a symbol. */
  size: Dimension;
}

const sliceOf = defineOperator<SliceAttributes>({
  name: 'slice',
  infer: ([x], { axis, start, size }) => {
    const whole = x!.shape[axis]!;
    if (typeof size === 'number' && typeof whole === 'number' && start + size > whole)
      throw new Error(`it has no elements ${start} to ${start + size} of ${whole}`);
    return [{ shape: x!.shape.map((old, index) => (index === axis ? size : old)), type: x!.type }];
  },
  derivative: ({ inputs: [x], attributes: { axis, start }, gradients: [gradient] }) => [
    embedInZeros([gradient!], { axis, start, total: x!.shape[axis]! })[0],
  ],
});

/** `size` elements along an axis, from `start` on. */
export function slice(x: Tensor, axis: number, start: number, size: Dimension): Tensor {
  return sliceOf([x], { axis: normalizeAxis(axis, x.shape.length), start, size })[0]!;
}

/** The gradient of a slice: its place filled, zeros elsewhere, `total` elements along the axis. */
const embedInZeros = defineOperator<{ axis: number; start: number; total: Dimension }>({
  name: 'embedInZeros',
  infer: ([x], { axis, total }) => [
    { shape: x!.shape.map((old, index) => (index === axis ? total : old)), type: x!.type },
  ],
  derivative: ({ inputs: [x], attributes: { axis, start }, gradients: [gradient] }) => [
    slice(gradient!, axis, start, x!.shape[axis]!),
  ],
});

const concatenation = defineOperator<{ axis: number }>({
  name: 'concatenate',
  infer: (inputs, { axis }) => {
    const sizes = inputs.map((input) => input.shape[axis]!);
    if (sizes.some((size) => typeof size !== 'number')) throw new Error('only axes of fixed size are concatenated');
    const total = sizes.reduce<number>((sum, size) => sum + Number(size), 0);
    return [{ shape: inputs[0]!.shape.map((old, index) => (index === axis ? total : old)), type: inputs[0]!.type }];
  },
  derivative: ({ inputs, attributes: { axis }, gradients: [gradient] }) => {
    let start = 0;
    return inputs.map((input) => {
      const size = Number(input.shape[axis]);
      const part = slice(gradient!, axis, start, size);
      start += size;
      return part;
    });
  },
});

/** Tensors joined along an axis of fixed size. */
export function concatenate(inputs: readonly Tensor[], axis: number): Tensor {
  return concatenation(inputs, { axis: normalizeAxis(axis, inputs[0]!.shape.length) })[0]!;
}

const splitEvenly = defineOperator<{ parts: number }>({
  name: 'split',
  infer: ([x], { parts }) => {
    const width = x!.shape.at(-1);
    if (typeof width !== 'number' || width % parts !== 0) throw new Error(`its last axis does not split in ${parts}`);
    const shape = [...x!.shape.slice(0, -1), width / parts];
    return Array.from({ length: parts }, () => ({ shape, type: x!.type }));
  },
  derivative: ({ gradients, outputs }) => {
    const missing = gradients.findIndex((gradient) => gradient === undefined);
    if (missing >= 0) throw new Error(`split: its part '${outputs[missing]!.name}' is not used`);
    return [
      concatenate(
        gradients.map((gradient) => gradient!),
        -1,
      ),
    ];
  },
});

/** The last axis cut into equal parts. All parts must be used where a gradient is wanted. */
export function split(x: Tensor, parts: number): readonly Tensor[] {
  return splitEvenly([x], { parts });
}

/** All axes but the last merged: [a, b, width] → [a*b, width]. */
export function flattenRows(x: Tensor): Tensor {
  return reshape(x, [multiplyDimensions(...x.shape.slice(0, -1)), x.shape.at(-1)!]);
}

const rowsOf = defineOperator<Record<string, never>>({
  name: 'takeRows',
  infer: ([x, rows]) => {
    if (x!.shape.length !== 2 || rows!.shape.length !== 1 || rows!.type !== 'int32')
      throw new Error('not a matrix and its rows');
    return [{ shape: [rows!.shape[0]!, x!.shape[1]!], type: x!.type }];
  },
  derivative: ({ inputs: [x, rows], gradients: [gradient] }) => [
    placedRows([gradient!, rows!], { total: x!.shape[0]! })[0],
  ],
});

/** Rows put back into their places, zeros elsewhere. */
const placedRows = defineOperator<{ total: Dimension }>({
  name: 'placeRows',
  infer: ([x], { total }) => [{ shape: [total, x!.shape[1]!], type: x!.type }],
  derivative: ({ inputs: [, rows], gradients: [gradient] }) => [takeRows(gradient!, rows!)],
});

/** Rows of a computed matrix: x [count, width], rows [n] int32, no two equal (else gradients would be written over each other) → [n, width]. */
export function takeRows(x: Tensor, rows: Tensor): Tensor {
  return rowsOf([x, rows], {})[0]!;
}

/** The opposite of `takeRows`: x [n, width] at rows [n] int32, no two equal, of a matrix of `total` rows, zeros elsewhere. */
export function placeRows(x: Tensor, rows: Tensor, total: Dimension): Tensor {
  return placedRows([x, rows], { total })[0]!;
}
