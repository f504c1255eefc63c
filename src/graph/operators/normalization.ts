/** Softmax and layer normalization, over the last axis. */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { add, multiply, scale, subtract } from './elementwise.ts';
import { reshape } from './layout.ts';
import { linear } from './matmul.ts';
import { sumOver, sumRows } from './reduction.ts';

const softmaxOperator = defineOperator<Record<string, never>>({
  name: 'softmax',
  infer: ([x]) => [{ shape: x!.shape, type: x!.type }],
  derivative: ({ outputs: [p], gradients: [gradient] }) => {
    const weighted = multiply(gradient!, p!);
    return [multiply(p!, subtract(gradient!, sumOver(weighted, [-1])))];
  },
});

/** exp(x) / Σ exp(x) over the last axis. */
export function softmax(x: Tensor): Tensor {
  return softmaxOperator([x], {})[0]!;
}

const layerNormOperator = defineOperator<{ epsilon: number }>({
  name: 'layerNorm',
  infer: ([x, weight, bias]) => {
    const [rows, width] = x!.shape;
    if (x!.shape.length !== 2 || weight!.shape[0] !== width || bias!.shape[0] !== width)
      throw new Error('widths differ');
    return [
      { shape: x!.shape, type: 'float32' },
      { shape: [rows!, 1], type: 'float32' },
      { shape: [rows!, 1], type: 'float32' },
    ];
  },
  // With x̂ = (x − mean)/σ and g = gradient ∘ weight: dx = (g − mean(g) − x̂ · mean(g ∘ x̂)) / σ. The row means are products with the
  // weight as a column, mean(g) = gradient · weight / width, which is one pass where multiply-then-reduce is two.
  derivative: ({ inputs: [x, weight], outputs: [, mean, inverseDeviation], gradients: [gradient, ...others] }) => {
    if (others.some((other) => other !== undefined)) throw new Error('layerNorm: its statistics have no derivative');
    const width = Number(weight!.shape[0]);
    const column = reshape(weight!, [width, 1]);
    const normalized = multiply(subtract(x!, mean!), inverseDeviation!);
    const correlated = multiply(gradient!, normalized);
    const meanGradient = scale(linear(gradient!, column, undefined, 'in-out'), 1 / width);
    const meanCorrelation = scale(linear(correlated, column, undefined, 'in-out'), 1 / width);
    const centred = subtract(
      subtract(multiply(gradient!, weight!), meanGradient),
      multiply(normalized, meanCorrelation),
    );
    return [multiply(centred, inverseDeviation!), sumRows(correlated), sumRows(gradient!)];
  },
});

/** Layer normalization of each row: x [rows, width], weight and bias [width]. `epsilon` is added to the variance. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  return layerNormOperator([x, weight, bias], { epsilon })[0]!;
}

/** x + y, layer-normalized: the residual block's end in BERT. */
export function addAndNormalize(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  return layerNorm(add(x, y), weight, bias, epsilon);
}
