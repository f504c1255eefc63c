// That each derivative is right is shown by tests/contract/operators.test.ts; here is the walk along the tape.
import { describe, expect, test } from 'vitest';
import { interpret } from '../../tests/support/reference-interpreter.ts';
import { differentiate } from './differentiate.ts';
import { Graph } from './graph.ts';
import type { Tensor } from './graph.ts';
import { attention } from './operators/attention.ts';
import { cachedAttention, takePosition, topK } from './operators/decoding.ts';
import { add, atLeast, exp, multiply, relu } from './operators/elementwise.ts';
import { embedding } from './operators/embedding.ts';
import { split } from './operators/layout.ts';
import { crossEntropy, negativeLogLikelihoods } from './operators/loss.ts';
import { sumAll } from './operators/reduction.ts';

/** The gradient at x = [3, 5]. */
function gradientAt(gradient: Tensor | undefined): number[] {
  const x = { shape: [2], data: Float64Array.of(3, 5) };
  return [...interpret([gradient!], { x }, {})[0]!.data];
}

describe('gradients', () => {
  test('that meet are added', () => {
    const x = new Graph().parameter('x', [2]);
    const square = multiply(x, x);
    const { dense } = differentiate(sumAll(add(multiply(square, x), add(square, x))), [x]);
    expect(gradientAt(dense.get(x))).toEqual([3 * 9 + 2 * 3 + 1, 3 * 25 + 2 * 5 + 1]);
  });

  test('are of the tensors wanted, weights or not, and of those on the way to the loss only', () => {
    const graph = new Graph();
    const [x, aside, unused] = ['x', 'aside', 'unused'].map((name) => graph.parameter(name, [2]));
    const middle = multiply(x!, x!);
    exp(aside!);
    const { dense, rows } = differentiate(sumAll(multiply(middle, middle)), [middle, aside!, unused!]);
    expect([...dense.keys()]).toEqual([middle]);
    expect(gradientAt(dense.get(middle))).toEqual([18, 50]);
    expect(rows.size).toBe(0);
  });

  test('of the loss itself is 1', () => {
    const x = new Graph().parameter('x', [2]);
    const loss = sumAll(x);
    expect(gradientAt(differentiate(loss, [loss]).dense.get(loss))).toEqual([1]);
  });

  test('cost nothing for data', () => {
    const graph = new Graph();
    const data = graph.input('data', { shape: [2], type: 'float32' });
    const x = graph.parameter('x', [2]);
    const loss = sumAll(multiply(exp(exp(data)), x));
    const before = graph.nodes.length;
    differentiate(loss, [x]);
    expect(graph.nodes.slice(before).map(({ operator }) => operator)).toEqual([
      'fill',
      'reshape',
      'expand',
      'multiply',
      'multiply',
    ]);
  });

  test('of a table are rows, one part for each lookup', () => {
    const graph = new Graph();
    const table = graph.parameter('table', [4, 2]);
    const [first, second] = ['first', 'second'].map((name) => graph.input(name, { shape: ['n'], type: 'int32' }));
    const loss = sumAll(multiply(embedding(table, first!), embedding(table, second!)));
    const { dense, rows } = differentiate(loss, [table]);
    expect(dense.size).toBe(0);
    expect(
      rows
        .get(table)!
        .map((part) => part.rows.name)
        .sort(),
    ).toEqual(['first', 'second']);
  });
});

describe('refusals', () => {
  test('a loss that is no scalar', () => {
    const x = new Graph().parameter('x', [2]);
    expect(() => differentiate(exp(x), [x])).toThrow(/the loss 'exp_\d+' is not a scalar/);
  });

  test('a table that is computed', () => {
    const graph = new Graph();
    const x = graph.parameter('x', [4, 2]);
    const rows = graph.input('rows', { shape: [3], type: 'int32' });
    expect(() => differentiate(sumAll(embedding(exp(x), rows)), [x])).toThrow(/table 'exp_\d+' is not a parameter/);
  });

  test('a part of a split that is not used', () => {
    const x = new Graph().parameter('x', [2]);
    const [first] = split(x, 2);
    expect(() => differentiate(sumAll(first!), [x])).toThrow(/split: its part '.+' is not used/);
  });

  const integers = (graph: Graph, name: string, shape: readonly number[] = [2]) =>
    graph.input(name, { shape, type: 'int32' });
  test.each<[string, number[], (x: Tensor) => Tensor]>([
    ['topK', [2, 3], (x) => topK(x, 2).values],
    ['maximum', [2], (x) => atLeast(x, 0)],
    ['takePosition', [2, 3, 4], (x) => takePosition(x, integers(x.graph, 'positions'))],
    ['maximum', [2, 3], (x) => negativeLogLikelihoods(x, integers(x.graph, 'labels'))],
    [
      'cachedAttention',
      [2, 1, 48],
      (x) => {
        const cache = (name: string) => x.graph.input(name, { shape: [2, 2, 4, 8], type: 'float32' }, 'state');
        const [last, total] = [integers(x.graph, 'last'), integers(x.graph, 'total', [])];
        return cachedAttention(x, cache('keys'), cache('values'), last, total, { heads: 2 }).output;
      },
    ],
    // A step has no slope: the second derivative of relu is refused.
    ['isPositive', [2], (x) => differentiate(sumAll(relu(x)), [x]).dense.get(x)!],
    [
      'crossEntropy',
      [2],
      (weights) => {
        const logits = weights.graph.parameter('logits', [2, 3]);
        return crossEntropy(logits, integers(weights.graph, 'labels'), weights);
      },
    ],
    [
      'attention',
      [1, 1, 2, 2],
      (bias) => {
        const rows = ['q', 'k', 'v'].map((name) => bias.graph.parameter(name, [2, 4]));
        const shape = { batch: 1, queries: 2, keys: 2, heads: 2, width: 2 };
        return attention(rows[0]!, rows[1]!, rows[2]!, shape, { bias, dropout: 0, site: 'weights' });
      },
    ],
  ])('an operator without a derivative is named: %s', (name, shape, build) => {
    const x = new Graph().parameter('x', shape);
    const result = build(x);
    expect(() => differentiate(sumAll(result), [x])).toThrow(name);
  });
});
