/**
 * Reverse-mode differentiation: the tape is walked back from a scalar loss, each entry's derivative appending nodes to the same graph.
 *
 * Only what leads from a wanted tensor to the loss is differentiated: data and random masks cost nothing. Gradients that meet are added.
 */
import { add } from './operators/elementwise.ts';
import { fill } from './operators/constant.ts';
import type { RowGradient, TapeEntry, Tensor } from './graph.ts';

export interface Gradients {
  /** Whole gradients, by the tensor they belong to and of its shape. */
  readonly dense: ReadonlyMap<Tensor, Tensor>;
  /** Parts of gradients that touch some rows only (of embedding tables); to be added to the dense part, if there is one. */
  readonly rows: ReadonlyMap<Tensor, readonly RowGradient[]>;
}

/**
 * Appends the computation of d`loss`/d`wanted` to the loss's graph.
 * @param loss a float32 scalar.
 * @throws Error naming the operator when one on the way has no derivative.
 */
export function differentiate(loss: Tensor, wanted: readonly Tensor[]): Gradients {
  if (loss.shape.length !== 0) throw new Error(`the loss '${loss.name}' is not a scalar`);
  return walkBack(loss.graph.tape, new Map([[loss, fill(loss.graph, [], 1)]]), wanted);
}

/**
 * The walk itself, from known gradients of some tensors to those of `wanted`.
 * @param tape what was done between them.
 */
export function walkBack(
  tape: readonly TapeEntry[],
  known: ReadonlyMap<Tensor, Tensor>,
  wanted: readonly Tensor[],
): Gradients {
  const entries = [...tape];
  const wantedSet = new Set(wanted);
  const differentiable = reachableFrom(entries, wanted);
  const rows = new Map<Tensor, RowGradient[]>();
  const gradients = new Map(known);
  for (const entry of entries.reverse()) {
    const outputGradients = entry.outputs.map((output) => gradients.get(output));
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    const needed = entry.inputs.map((input) => differentiable.has(input) && input.type === 'float32');
    if (!needed.includes(true)) continue;
    if (!entry.differentiate) throw new Error(`the operator '${entry.name}' has no derivative`);
    const inputGradients = entry.differentiate(outputGradients, needed);
    entry.inputs.forEach((input, index) => {
      if (!needed[index]) return;
      const gradient = inputGradients[index];
      if (!gradient) throw new Error(`the operator '${entry.name}' has no derivative by '${input.name}'`);
      if ('rows' in gradient) {
        if (!wantedSet.has(input)) throw new Error(`${entry.name}: its table '${input.name}' is not a parameter`);
        rows.set(input, [...(rows.get(input) ?? []), gradient]);
      } else {
        const sum = gradients.get(input);
        gradients.set(input, sum ? add(sum, gradient) : gradient);
      }
    });
  }

  return { dense: new Map([...gradients].filter(([tensor]) => wantedSet.has(tensor))), rows };
}

/** The wanted tensors and everything computed from them. */
function reachableFrom(tape: readonly TapeEntry[], wanted: readonly Tensor[]): Set<Tensor> {
  const reached = new Set(wanted);
  for (const entry of tape) {
    if (entry.inputs.some((input) => reached.has(input))) for (const output of entry.outputs) reached.add(output);
  }
  return reached;
}
