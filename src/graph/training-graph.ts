/**
 * A graph with its way back: the gradients of what is trained become outputs beside the graph's own.
 *
 * What a device runs and what a memory estimate counts are this same graph.
 */
import { differentiate } from './differentiate.ts';
import type { Gradients } from './differentiate.ts';
import type { Graph, RowGradient, Tensor } from './graph.ts';
import { add } from './operators/elementwise.ts';

export interface TrainingGraph {
  readonly gradients: Gradients;
  /** The outputs that hold the row gradients' values. */
  readonly rowOutputs: ReadonlyMap<RowGradient, string>;
}

/** The output with a parameter's dense gradient. */
export const gradientOf = (parameter: Tensor): string => `gradient:${parameter.name}`;
/** The input with a parameter's gradient so far, once `accumulateGradients` has declared it. */
export const accumulatedOf = (parameter: Tensor): string => `accumulated:${parameter.name}`;
const ROWS = 'rows:';
/** Whether an output holds values of row gradients. */
export const isRowOutput = (name: string): boolean => name.startsWith(ROWS);

/** Appends the way back from `loss` to the parameters that are trained, and names its results. */
export function addGradients(graph: Graph, loss: Tensor, isTrained: (name: string) => boolean): TrainingGraph {
  const gradients = differentiate(
    loss,
    graph.parameters().filter(({ name }) => isTrained(name)),
  );
  for (const [parameter, gradient] of gradients.dense) graph.output(gradientOf(parameter), gradient);
  // Tables looked up side by side (words, positions) share their row gradient: one output serves all.
  const outputOf = new Map<Tensor, string>();
  const rowOutputs = new Map<RowGradient, string>();
  for (const gradient of [...gradients.rows.values()].flat()) {
    const known = outputOf.get(gradient.values) ?? `${ROWS}${outputOf.size}`;
    if (!outputOf.has(gradient.values)) graph.output(known, gradient.values);
    outputOf.set(gradient.values, known);
    rowOutputs.set(gradient, known);
  }
  return { gradients, rowOutputs };
}

/** From here on the graph's dense gradients are those so far, new inputs, plus the batch's own. @param dense the gradient of each parameter. */
export function accumulateGradients(graph: Graph, dense: ReadonlyMap<Tensor, Tensor>): void {
  for (const [parameter, gradient] of dense) {
    const soFar = graph.input(accumulatedOf(parameter), parameter);
    graph.outputs.set(gradientOf(parameter), add(soFar, gradient));
  }
}
