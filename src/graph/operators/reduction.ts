/** Sums and means over axes. */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { normalizeAxis, sameShape } from '../tensor.ts';
import type { Shape } from '../tensor.ts';
import { reshape } from './layout.ts';

interface ReductionAttributes extends Record<string, readonly number[] | boolean> {
  axes: readonly number[];
  keepAxes: boolean;
}

const sum = defineOperator<ReductionAttributes>({
  name: 'sum',
  infer: ([x], { axes, keepAxes }) => [{ shape: reducedShape(x!.shape, axes, keepAxes), type: x!.type }],
  derivative: ({ inputs: [x], attributes: { axes }, gradients: [gradient] }) => {
    const kept = reshape(gradient!, reducedShape(x!.shape, axes, true));
    return [expand(kept, x!.shape)];
  },
});

function reducedShape(shape: Shape, axes: readonly number[], keepAxes: boolean): Shape {
  const reduced = new Set(axes.map((axis) => normalizeAxis(axis, shape.length)));
  return shape.flatMap((dimension, axis) => (reduced.has(axis) ? (keepAxes ? [1] : []) : [dimension]));
}

/** The sum over `axes` (negative: from the end); reduced axes stay as 1 when `keepAxes`. */
export function sumOver(x: Tensor, axes: readonly number[], keepAxes = true): Tensor {
  // ONNX takes no axes to mean all of them.
  if (axes.length === 0) return x;
  return sum([x], { axes: axes.map((axis) => normalizeAxis(axis, x.shape.length)), keepAxes })[0]!;
}

/** The sum of all elements, a scalar. */
export function sumAll(x: Tensor): Tensor {
  return sumOver(
    x,
    x.shape.map((_, axis) => axis),
    false,
  );
}

/** The sum of the rows of a matrix: [n, width] → [width]. The gradient of a bias. */
export function sumRows(x: Tensor): Tensor {
  return rows([x], {})[0]!;
}
const rows = defineOperator<Record<string, never>>({
  name: 'sumRows',
  infer: ([x]) => {
    if (x!.shape.length !== 2) throw new Error('not a matrix');
    return [{ shape: [x!.shape[1]!], type: x!.type }];
  },
  derivative: ({ inputs: [x], gradients: [gradient] }) => [expand(reshape(gradient!, [1, x!.shape[1]!]), x!.shape)],
});

/** x stretched to a shape it broadcasts to. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : stretch([x], { shape: JSON.stringify(shape) })[0]!;
}
const stretch = defineOperator<{ shape: string }>({
  name: 'expand',
  infer: ([x], { shape }) => [{ shape: JSON.parse(shape) as Shape, type: x!.type }],
  derivative: ({ inputs: [x], gradients: [gradient] }) => [sumToShape(gradient!, x!.shape)],
});

/** The sum of a broadcast result's gradient over the axes along which an operand of shape `shape` was stretched. */
export function sumToShape(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const offset = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dimension, axis) =>
    axis < offset || (shape[axis - offset] === 1 && dimension !== 1) ? [axis] : [],
  );
  return reshape(sumOver(gradient, axes), shape);
}
