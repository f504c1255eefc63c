import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Graph } from './graph.ts';
import { add, exp } from './operators/elementwise.ts';
import { split } from './operators/layout.ts';
import { prune } from './prune.ts';

test('what no output needs is taken away, with the inputs that only it reads', () => {
  const graph = new Graph();
  const [x, unused, y] = ['x', 'unused', 'y'].map((name) => graph.parameter(name, [4]));
  const kept = exp(x!);
  exp(unused!);
  const last = add(kept, y!);
  add(last, unused!);
  graph.output('result', last);
  const live = prune(graph);
  expect(live.nodes.map(({ operator }) => operator)).toEqual(['exp', 'add']);
  expect(live.inputs.map(({ tensor }) => tensor.name)).toEqual(['x', 'y']);
  expect(graph.nodes).toHaveLength(4);
});

test('a node stays when any of its outputs is needed', () => {
  const graph = new Graph();
  const [, second] = split(graph.parameter('x', [4]), 2);
  graph.output('second', second!);
  expect(prune(graph).nodes).toHaveLength(1);
});

test('an input that is a result stays', () => {
  const graph = new Graph();
  graph.output('result', graph.parameter('x', [4]));
  expect(prune(graph)).toMatchObject({ nodes: [], inputs: [{ tensor: { name: 'x' } }] });
});

test('what is left is closed and in order, and everything in it leads to an output', () => {
  const pair = fc.tuple(fc.nat(), fc.nat());
  fc.assert(
    fc.property(
      fc.array(pair, { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(), { minLength: 1 }),
      (sums, picks) => {
        const graph = new Graph();
        const tensors = [graph.parameter('a', []), graph.parameter('b', [])];
        for (const [first, second] of sums) {
          tensors.push(add(tensors[first % tensors.length]!, tensors[second % tensors.length]!));
        }
        picks.forEach((pick, index) => graph.output(`result${index}`, tensors[pick % tensors.length]!));
        const { nodes, inputs } = prune(graph);
        const known = new Set(inputs.map(({ tensor }) => tensor));
        for (const node of nodes) {
          for (const input of node.inputs) expect(known).toContain(input);
          for (const output of node.outputs) known.add(output);
        }
        const read = new Set([...graph.outputs.values(), ...nodes.flatMap((node) => node.inputs)]);
        for (const output of graph.outputs.values()) expect(known).toContain(output);
        for (const tensor of known) expect(read).toContain(tensor);
      },
    ),
  );
});
