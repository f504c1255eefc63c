/**
 * Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): memory for time.
 *
 * Of a segment of the graph only the input is kept for the way back; what lies inside is computed anew when its gradients are. A model whose
 * layers are segments keeps one tensor a layer and the inside of one layer, for a second forward pass through each: a third more work.
 * Gradients are the same to the bit: the second pass is the same nodes on the same numbers, dropout masks included, as these are inputs.
 */
import { walkBack } from './differentiate.ts';
import { defineOperator } from './graph.ts';
import type { Gradient, TapeEntry, Tensor } from './graph.ts';

/** x as it is, but not before `signal` is known: so that work that is cheap to hold off is not done too early. */
const after = defineOperator<Record<string, never>>({
  name: 'after',
  infer: ([x, signal]) => {
    if (signal!.shape.length === 0) throw new Error('a scalar is no signal');
    return [{ shape: x!.shape, type: x!.type }];
  },
});

/**
 * Applies `segment` to x, and again on the way back.
 * @param segment builds the same nodes whenever it is called; it may declare inputs and read tensors from outside, but its result depends on
 *   computed tensors through x alone.
 */
export function checkpoint(x: Tensor, segment: (x: Tensor) => Tensor): Tensor {
  const { graph } = x;
  const { result, entries } = graph.record(() => segment(x));
  const inputs = readFromOutside(entries);
  graph.enter({
    name: 'checkpoint',
    inputs,
    outputs: [result],
    differentiate: ([gradient], needed) => {
      const again = after([x, gradient!], {})[0]!;
      const replayed = graph.record(() => graph.replay(() => segment(again)));
      const origin = (input: Tensor) => (input === x ? again : input);
      const wanted = inputs.filter((_, index) => needed[index]).map(origin);
      const { dense, rows } = walkBack(replayed.entries, new Map([[replayed.result, gradient!]]), wanted);
      return inputs.map((input): Gradient => {
        const parts = rows.get(origin(input)) ?? [];
        if (parts.length > 0) throw new Error(`checkpoint: '${input.name}' is looked up by rows inside`);
        return dense.get(origin(input));
      });
    },
  });
  return result;
}

/** What the entries read and do not make. */
function readFromOutside(entries: readonly TapeEntry[]): Tensor[] {
  const made = new Set(entries.flatMap(({ outputs }) => outputs));
  return [...new Set(entries.flatMap(({ inputs }) => inputs).filter((input) => !made.has(input)))];
}
