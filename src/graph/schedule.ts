/**
 * The order in which a graph's nodes run: as they were written, but for results, which are worked out as soon as they can be.
 *
 * A result leaves the program when it is known (a weight's gradient, the sum of it and an earlier batch's), and with it goes the last use
 * of what it was made from. Written late and run late, it would keep that alive.
 */
import type { Graph, Node, Tensor } from './graph.ts';
import { prune } from './prune.ts';
import type { LiveGraph } from './prune.ts';

/** What is left of a graph when everything that no output needs is taken away, in the order to run it. */
export function schedule(graph: Graph): LiveGraph {
  const { nodes, inputs } = prune(graph);
  const results = new Set<Tensor>(graph.outputs.values());
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const isFinal = ({ outputs }: Node) => outputs.every((output) => results.has(output) && !read.has(output));

  /** By tensor, the final nodes that wait for it, and for how many tensors each still waits. */
  const waiting = new Map<Tensor, Node[]>();
  const missing = new Map<Node, number>();
  const given = new Set(inputs.map(({ tensor }) => tensor));
  const ordered: Node[] = [];
  const run = (node: Node): void => {
    ordered.push(node);
    for (const output of node.outputs) {
      for (const final of waiting.get(output) ?? []) {
        const left = missing.get(final)! - 1;
        missing.set(final, left);
        if (left === 0) run(final);
      }
    }
  };
  for (const node of nodes.filter(isFinal)) {
    const needed = new Set(node.inputs.filter((input) => !given.has(input)));
    if (needed.size > 0) missing.set(node, needed.size);
    for (const input of needed) waiting.set(input, [...(waiting.get(input) ?? []), node]);
  }
  for (const node of nodes) if (!missing.has(node)) run(node);
  return { nodes: ordered, inputs };
}
