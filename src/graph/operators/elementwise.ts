/**
 * Arithmetic element by element. Two operands broadcast as in NumPy; the gradient of a stretched operand is summed over the axes along
 * which it was stretched.
 */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { broadcastShapes } from '../tensor.ts';
import { fill } from './constant.ts';
import { sumToShape } from './reduction.ts';

type BinaryDerivative = (gradient: Tensor, a: Tensor, b: Tensor, result: Tensor) => readonly [Tensor, Tensor];

function binary(name: string, derivative: BinaryDerivative): (a: Tensor, b: Tensor) => Tensor {
  const operator = defineOperator<Record<string, never>>({
    name,
    infer: ([a, b]) => [{ shape: broadcastShapes(a!.shape, b!.shape), type: a!.type }],
    derivative: ({ inputs: [a, b], outputs: [result], gradients: [gradient] }) => {
      const [forA, forB] = derivative(gradient!, a!, b!, result!);
      return [sumToShape(forA, a!.shape), sumToShape(forB, b!.shape)];
    },
  });
  return (a, b) => operator([a, b], {})[0]!;
}

function unary(
  name: string,
  derivative: (gradient: Tensor, x: Tensor, result: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  const operator = defineOperator<Record<string, never>>({
    name,
    infer: ([x]) => [{ shape: x!.shape, type: x!.type }],
    derivative: ({ inputs: [x], outputs: [result], gradients: [gradient] }) => [derivative(gradient!, x!, result!)],
  });
  return (x) => operator([x], {})[0]!;
}

export const add = binary('add', (gradient) => [gradient, gradient]);
export const subtract = binary('subtract', (gradient) => [gradient, negate(gradient)]);
export const multiply = binary('multiply', (gradient, a, b) => [multiply(gradient, b), multiply(gradient, a)]);
export const divide = binary('divide', (gradient, _, b, quotient) => [
  divide(gradient, b),
  negate(multiply(gradient, divide(quotient, b))),
]);

export const negate = unary('negate', (gradient) => negate(gradient));
export const exp = unary('exp', (gradient, _, result) => multiply(gradient, result));
export const log = unary('log', (gradient, x) => divide(gradient, x));
export const sqrt = unary('sqrt', (gradient, _, root) => divide(scale(gradient, 0.5), root));
export const tanh = unary('tanh', (gradient, _, result) =>
  multiply(gradient, subtract(fill(result.graph, [], 1), multiply(result, result))),
);
/** The error function; its derivative is 2/√π · exp(−x²). */
export const erf = unary('erf', (gradient, x) =>
  multiply(gradient, scale(exp(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI))),
);
export const sigmoid = unary('sigmoid', (gradient, _, result) =>
  multiply(gradient, multiply(result, subtract(fill(result.graph, [], 1), result))),
);
export const relu = unary('relu', (gradient, x) => multiply(gradient, positivePart(x)));

/** 1 where x > 0, else 0. A step: it has no derivative. */
function positivePart(x: Tensor): Tensor {
  return isPositive([x], {})[0]!;
}
const isPositive = defineOperator<Record<string, never>>({
  name: 'isPositive',
  infer: ([x]) => [{ shape: x!.shape, type: x!.type }],
});

/** The larger of x and a constant; no gradient is wanted through it. */
export function atLeast(x: Tensor, bound: number): Tensor {
  return maximum([x, fill(x.graph, [], bound)], {})[0]!;
}
const maximum = defineOperator<Record<string, never>>({
  name: 'maximum',
  infer: ([a, b]) => [{ shape: broadcastShapes(a!.shape, b!.shape), type: a!.type }],
});

/** x times a constant. */
export function scale(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : multiply(x, fill(x.graph, [], factor));
}

/** x plus a constant. */
export function shift(x: Tensor, offset: number): Tensor {
  return add(x, fill(x.graph, [], offset));
}
