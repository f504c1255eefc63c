import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Graph } from './graph.ts';
import type { Tensor } from './graph.ts';
import { add, exp, negate, tanh } from './operators/elementwise.ts';
import { prune } from './prune.ts';
import { schedule } from './schedule.ts';

test('a result is worked out as soon as it can be, the rest in the order written', () => {
  const graph = new Graph();
  const [x, y] = ['x', 'y'].map((name) => graph.parameter(name, [4]));
  const first = exp(x!);
  const second = tanh(first);
  graph.output('last', negate(second));
  graph.output('sum', add(first, y!));
  expect(schedule(graph).nodes.map(({ operator }) => operator)).toEqual(['exp', 'add', 'tanh', 'negate']);
});

test('a result that others read keeps its place', () => {
  const graph = new Graph();
  const x = graph.parameter('x', [4]);
  const middle = tanh(exp(x));
  const aside = negate(x);
  graph.output('aside', aside);
  graph.output('sum', add(middle, aside));
  expect(schedule(graph).nodes.map(({ operator }) => operator)).toEqual(['exp', 'tanh', 'negate', 'add']);
});

test('an order has the nodes that are left, each once and after those it reads', () => {
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
        const { nodes, inputs } = schedule(graph);
        const left = prune(graph).nodes;
        expect(nodes).toHaveLength(left.length);
        expect(new Set(nodes)).toEqual(new Set(left));
        const known = new Set<Tensor>(inputs.map(({ tensor }) => tensor));
        for (const node of nodes) {
          for (const input of node.inputs) expect(known.has(input)).toBe(true);
          for (const output of node.outputs) known.add(output);
        }
      },
    ),
  );
});
