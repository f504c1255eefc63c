/** Dead-code removal: the nodes and inputs that the outputs depend on, in order. */
import type { Graph, Input, Node, Tensor } from './graph.ts';

export interface LiveGraph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Input[];
}

/** What is left of a graph when everything that no output needs is taken away. The graph itself is not changed. */
export function prune(graph: Graph): LiveGraph {
  const needed = new Set<Tensor>(graph.outputs.values());
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    nodes.push(node);
  }
  return { nodes: nodes.reverse(), inputs: graph.inputs.filter((input) => needed.has(input.tensor)) };
}
