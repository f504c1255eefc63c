/** AdamW and the gradients' norm as graphs: they run where weights, gradients and moments lie. */
import { Graph } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/graph.ts';
import { fill } from '../../graph/operators/constant.ts';
import { add, divide, multiply, scale, sqrt, subtract } from '../../graph/operators/elementwise.ts';
import { reshape } from '../../graph/operators/layout.ts';
import { sumAll, sumOver } from '../../graph/operators/reduction.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { AdamWSettings, ParameterSpecification } from '../device.ts';

/** What changes from update to update, or between parameters: scalars fed to the step. */
export const STEP_SCALARS = ['gradientScale', 'decay', 'step', 'epsilon'] as const;
export type StepScalar = (typeof STEP_SCALARS)[number];

/**
 * One step for one parameter, its numbers in a row (Loshchilov and Hutter 2019, arXiv 1711.05101).
 *
 * Inputs: `weight`, `gradient`, `firstMoment`, `secondMoment` [n]; `gradientScale`; `decay`, 1 − learning rate · weight decay; `step` and `epsilon`
 * with Adam's bias correction in them. Outputs: `next:weight`, `next:firstMoment`, `next:secondMoment`.
 */
export function adamwStep({ beta1, beta2 }: Pick<AdamWSettings, 'beta1' | 'beta2'>): Graph {
  const graph = new Graph();
  const vector = (name: string) => graph.input(name, { shape: ['n'], type: 'float32' });
  const scalar = (name: StepScalar) => graph.input(name, { shape: [], type: 'float32' });
  const gradient = multiply(vector('gradient'), scalar('gradientScale'));
  const first = add(scale(vector('firstMoment'), beta1), scale(gradient, 1 - beta1));
  const second = add(scale(vector('secondMoment'), beta2), scale(multiply(gradient, gradient), 1 - beta2));
  const change = divide(multiply(first, scalar('step')), add(sqrt(second), scalar('epsilon')));
  graph.output('next:weight', subtract(multiply(vector('weight'), scalar('decay')), change));
  graph.output('next:firstMoment', first);
  graph.output('next:secondMoment', second);
  return graph;
}

/** The sum of the squares of all gradients: inputs by parameter, output `squares`, a scalar. Rows are summed side by side, then their sums. */
export function gradientSquares(specifications: readonly ParameterSpecification[]): Graph {
  const graph = new Graph();
  let total: Tensor = fill(graph, [], 0);
  for (const { name, shape } of specifications) {
    const gradient = graph.input(name, { shape, type: 'float32' });
    const rows = reshape(gradient, [elementCount(shape.slice(0, -1)), shape.at(-1) ?? 1]);
    total = add(total, sumAll(sumOver(multiply(rows, rows), [-1])));
  }
  graph.output('squares', total);
  return graph;
}
