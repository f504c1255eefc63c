/**
 * Gaussian error linear units, both kinds.
 *
 * `gelu` is x·Φ(x), exact, by the error function (BERT's `gelu`); `gelu_new` is its approximation by a tanh (GPT-2's). The forward pass is one
 * fused operator; the derivatives are written with few passes over memory, since the hidden layer is the widest tensor of a model.
 */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { fill } from './constant.ts';
import { add, erf, exp, multiply, relu, scale, shift, sigmoid, subtract } from './elementwise.ts';

const geluExact = defineOperator<Record<string, never>>({
  name: 'gelu',
  infer: ([x]) => [{ shape: x!.shape, type: x!.type }],
  // Φ(x) + x·φ(x) = (1 + erf z + z·exp(ln(2/√π) − z²))/2 for z = x/√2.
  derivative: ({ inputs: [x], gradients: [gradient] }) => {
    const z = scale(x!, Math.SQRT1_2);
    const density = exp(subtract(fill(x!.graph, [], Math.log(2 / Math.sqrt(Math.PI))), multiply(z, z)));
    const twice = shift(add(erf(z), multiply(z, density)), 1);
    return [multiply(gradient!, scale(twice, 0.5))];
  },
});

/** √(2/π) and the cubic coefficient of the tanh approximation (GPT-2's `gelu_new`). */
const SLOPE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const geluTanh = defineOperator<Record<string, never>>({
  name: 'geluTanh',
  infer: ([x]) => [{ shape: x!.shape, type: x!.type }],
  // With u = slope·(x + cubic·x³), the unit is x·s for s = sigmoid(2u), since (1 + tanh u)/2 = sigmoid(2u); its derivative is
  // s + x·s·(1 − s)·2u', and 2u' = 2·slope·(1 + 3·cubic·x²).
  derivative: ({ inputs: [x], gradients: [gradient] }) => {
    const square = multiply(x!, x!);
    const s = sigmoid(multiply(x!, shift(scale(square, 2 * SLOPE * CUBIC), 2 * SLOPE)));
    const slope = multiply(x!, shift(scale(square, 6 * SLOPE * CUBIC), 2 * SLOPE));
    return [multiply(gradient!, multiply(s, shift(multiply(slope, subtract(fill(x!.graph, [], 1), s)), 1)))];
  },
});

/** The activation functions by the names that Hugging Face's config.json uses. */
export type ActivationName = 'gelu' | 'gelu_new' | 'gelu_pytorch_tanh' | 'relu';

/** Applies the activation function of this name. */
export function activate(x: Tensor, name: ActivationName): Tensor {
  switch (name) {
    case 'gelu':
      return geluExact([x], {})[0]!;
    case 'gelu_new':
    case 'gelu_pytorch_tanh':
      return geluTanh([x], {})[0]!;
    case 'relu':
      return relu(x);
  }
}
