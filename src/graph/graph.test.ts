import { describe, expect, test } from 'vitest';
import { Graph } from './graph.ts';
import type { Tensor } from './graph.ts';
import { add } from './operators/elementwise.ts';
import { dropout, scaleByMask } from './operators/dropout.ts';
import { embedding } from './operators/embedding.ts';
import { concatenate, reshape, slice, split, transpose } from './operators/layout.ts';
import { crossEntropy } from './operators/loss.ts';
import { linear, matmul } from './operators/matmul.ts';
import { layerNorm } from './operators/normalization.ts';
import { sumRows } from './operators/reduction.ts';
import type { Shape } from './tensor.ts';

const graph = new Graph();
let count = 0;
const tensor = (shape: Shape, type: Tensor['type'] = 'float32') => graph.input(`t${count++}`, { shape, type });

describe('names', () => {
  test('are taken once, by whatever kind of tensor', () => {
    const names = new Graph();
    names.parameter('weight', [2]);
    expect(() => names.input('weight', { shape: [], type: 'float32' })).toThrow("already has a tensor 'weight'");
    dropout(names.parameter('x', [2]), 0.5, 'site');
    expect(() => dropout(names.parameter('y', [2]), 0.5, 'site')).toThrow("already has a tensor 'mask:site'");
  });

  test('of results are taken once, and are not those of inputs', () => {
    const names = new Graph();
    const x = names.parameter('x', [2]);
    names.output('sum', add(x, x));
    expect(() => names.output('sum', x)).toThrow("already has an output 'sum'");
    expect(() => names.output('x', add(x, x))).toThrow("already has a tensor 'x'");
    expect(() => names.parameter('sum', [2])).toThrow("already has a tensor 'sum'");
  });
});

describe('inputs', () => {
  test('say what they are', () => {
    const kinds = new Graph();
    kinds.input('ids', { shape: ['batch'], type: 'int32' });
    const weight = kinds.parameter('weight', [2]);
    kinds.mask('mask', [2], 0.9);
    kinds.input('cache', { shape: [2], type: 'float32' }, 'state');
    expect(kinds.inputs.map(({ tensor: { name }, kind }) => [name, kind])).toEqual([
      ['ids', 'data'],
      ['weight', 'parameter'],
      ['mask', 'mask'],
      ['cache', 'state'],
    ]);
    expect(kinds.parameters()).toEqual([weight]);
  });
});

describe('operands that do not fit are refused, with their names and shapes', () => {
  test.each<[string, () => unknown, string]>([
    ['broadcast', () => add(tensor(['batch', 2]), tensor(['batch', 3])), 'do not broadcast'],
    [
      'inner sizes',
      () => linear(tensor(['batch', 2]), tensor([3, 4]), undefined, 'in-out'),
      'inner sizes 2 and 3 differ',
    ],
    ['bias', () => linear(tensor(['batch', 2]), tensor([2, 4]), tensor([3]), 'in-out'), 'the bias [3] does not fit'],
    ['rank of matrices', () => linear(tensor([2, 2, 2]), tensor([2, 2]), undefined, 'in-out'), 'not matrices'],
    [
      'stacks',
      () => matmul(tensor([1, 2, 3, 4]), tensor([1, 2, 3, 4])),
      '[1, 2, 3, 4] and [1, 2, 3, 4] do not multiply',
    ],
    ['rank of stacks', () => matmul(tensor([2, 2]), tensor([2, 2])), 'not stacks of rank 4'],
    ['reshape', () => reshape(tensor(['batch', 3]), [3, 'sequence']), 'cannot become [3, sequence]'],
    ['permutation', () => transpose(tensor([2, 3]), [0, 0]), '[0, 0] is no permutation of its axes'],
    ['split', () => split(tensor(['batch', 7]), 3), 'its last axis does not split in 3'],
    ['slice', () => slice(tensor([5]), 0, 3, 3), 'it has no elements 3 to 6 of 5'],
    ['concatenate', () => concatenate([tensor(['batch', 2]), tensor(['batch', 3])], 0), 'only axes of fixed size'],
    ['layer norm', () => layerNorm(tensor(['batch', 2]), tensor([3]), tensor([2]), 1e-5), 'widths differ'],
    ['table rows', () => embedding(tensor([4, 2]), tensor(['batch'])), 'not a table and its rows'],
    ['labels', () => crossEntropy(tensor([4, 2]), tensor([4]), tensor([4])), 'not rows and labels'],
    ['mask', () => scaleByMask(tensor([4]), tensor([4]), 0.5), 'the mask does not fit'],
    ['sum of rows', () => sumRows(tensor([4])), 'not a matrix'],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow(/^\w+\(\w+ \[/);
  });

  test('tensors of another graph', () => {
    const other = new Graph().parameter('other', [2]);
    expect(() => add(tensor([2]), other)).toThrow('add: its inputs belong to different graphs');
  });
});
