/**
 * One small graph for each way an operator is used: the cases behind tests/contract/operators.test.ts.
 *
 * Shapes are written with symbols; a case is also built with all of them replaced by numbers. Values are drawn from a stream of the case's name,
 * rounded to float32 so that a device is given exactly what the interpreter is.
 */
import { RandomStream } from '../../src/foundation/random.ts';
import { checkpoint } from '../../src/graph/checkpoint.ts';
import { Graph } from '../../src/graph/graph.ts';
import type { Tensor } from '../../src/graph/graph.ts';
import { activate } from '../../src/graph/operators/activation.ts';
import { attention, segmentBias } from '../../src/graph/operators/attention.ts';
import { fill } from '../../src/graph/operators/constant.ts';
import { cachedAttention, takePosition, topK } from '../../src/graph/operators/decoding.ts';
import { dropout } from '../../src/graph/operators/dropout.ts';
import * as elementwise from '../../src/graph/operators/elementwise.ts';
import { embedding } from '../../src/graph/operators/embedding.ts';
import {
  concatenate,
  flattenRows,
  reshape,
  slice,
  split,
  takeRows,
  transpose,
} from '../../src/graph/operators/layout.ts';
import { crossEntropy, negativeLogLikelihoods, softCrossEntropy } from '../../src/graph/operators/loss.ts';
import { linear, matmul } from '../../src/graph/operators/matmul.ts';
import { addAndNormalize, layerNorm, softmax } from '../../src/graph/operators/normalization.ts';
import { expand, sumAll, sumOver, sumRows } from '../../src/graph/operators/reduction.ts';
import { multiplyDimensions, resolveShape } from '../../src/graph/tensor.ts';
import type { Bindings, Dimension, Shape } from '../../src/graph/tensor.ts';
import { sizeOf } from './reference-interpreter.ts';
import type { Value } from './reference-interpreter.ts';

interface InputSpecification {
  readonly shape: Shape;
  readonly type: 'float32' | 'int32';
  readonly draw: (stream: RandomStream) => number;
  /** The values themselves, in place of draws; zeros where there are fewer. */
  readonly values?: readonly number[];
}

export interface OperatorCase {
  readonly name: string;
  readonly inputs: readonly InputSpecification[];
  readonly build: (...inputs: readonly Tensor[]) => readonly Tensor[];
  /** Which inputs a derivative is taken for: all that are float32 unless stated. */
  readonly differentiable?: readonly number[];
}

/** Odd sizes, all different, so that no two axes can be mistaken for each other. */
export const SIZES: Bindings = { batch: 3, length: 5, keys: 7, queries: 2 };

// A constant's distance from kinks and poles is larger than the steps of numericalGradient.
const awayFromZero = (value: number): number => value + Math.sign(value) * 0.3;
const input = (shape: Shape, draw = (stream: RandomStream) => stream.normal()): InputSpecification => ({
  shape,
  type: 'float32',
  draw,
});
const nonZero = (shape: Shape) => input(shape, (stream) => awayFromZero(stream.normal()));
const positive = (shape: Shape) => input(shape, (stream) => 0.2 + Math.abs(stream.normal()));
const wide = (shape: Shape) => input(shape, (stream) => 3 * stream.normal());
const indices = (shape: Shape, bound: number): InputSpecification => ({
  shape,
  type: 'int32',
  draw: (stream) => stream.integer(bound),
});
const given = (shape: Shape, type: 'float32' | 'int32', values: readonly number[]): InputSpecification => ({
  shape,
  type,
  draw: () => 0,
  values,
});

const { add, multiply, atLeast, scale, shift } = elementwise;

const BROADCASTS: readonly [string, Shape, Shape][] = [
  ['equal shapes', ['batch', 'length', 3], ['batch', 'length', 3]],
  ['a row', ['batch', 'length', 3], [3]],
  ['a column', ['batch', 1], ['batch', 'length']],
  ['both stretched', ['batch', 1, 3], ['length', 1]],
  ['scalars', [], ['batch']],
];

const binaryCases = (['add', 'subtract', 'multiply', 'divide'] as const).flatMap((name) =>
  BROADCASTS.map(([how, a, b]): OperatorCase => ({
    name: `${name}, ${how}`,
    inputs: [input(a), nonZero(b)],
    build: (x, y) => [elementwise[name](x, y)],
  })),
);

const UNARY: readonly [string, (x: Tensor) => Tensor, InputSpecification][] = [
  ['negate', elementwise.negate, input(['batch', 'length'])],
  ['exp', elementwise.exp, input(['batch', 'length'])],
  ['log', elementwise.log, positive(['batch', 'length'])],
  ['sqrt', elementwise.sqrt, positive(['batch', 'length'])],
  ['tanh', elementwise.tanh, wide(['batch', 'length'])],
  ['erf', elementwise.erf, input(['batch', 'length'])],
  ['sigmoid', elementwise.sigmoid, wide(['batch', 'length'])],
  ['relu', elementwise.relu, nonZero(['batch', 'length'])],
  ['gelu', (x) => activate(x, 'gelu'), wide(['batch', 'length'])],
  ['gelu_new', (x) => activate(x, 'gelu_new'), wide(['batch', 'length'])],
  ['scale', (x) => scale(x, -2.5), input(['batch'])],
  ['shift', (x) => shift(x, -2.5), input(['batch'])],
];
const unaryCases = UNARY.map(([name, apply, x]): OperatorCase => ({ name, inputs: [x], build: (t) => [apply(t)] }));

const reductionCases: OperatorCase[] = [
  { name: 'sum over the first axis', inputs: [input(['batch', 'length', 3])], build: (x) => [sumOver(x, [0])] },
  { name: 'sum over two axes', inputs: [input(['batch', 'length', 3])], build: (x) => [sumOver(x, [-1, 0], false)] },
  { name: 'sum over no axis', inputs: [input(['batch', 3])], build: (x) => [scale(sumOver(x, []), 2)] },
  { name: 'sum of all', inputs: [input(['batch', 'length'])], build: (x) => [sumAll(x)] },
  { name: 'sum of rows', inputs: [input(['batch', 3])], build: (x) => [sumRows(x)] },
  {
    name: 'expand',
    inputs: [input(['batch', 1, 2]), input(['length'])],
    build: (x, other) => [expand(x, [x.shape[0]!, other.shape[0]!, 2])],
    differentiable: [0],
  },
  { name: 'fill', inputs: [input(['batch'])], build: (x) => [multiply(x, fill(x.graph, [2, x.shape[0]!], 0.3))] },
];

const layoutCases: OperatorCase[] = [
  { name: 'flatten rows', inputs: [input(['batch', 'length', 3])], build: (x) => [flattenRows(x)] },
  {
    name: 'reshape to two symbols',
    inputs: [input(['batch', 'length', 6])],
    build: (x) => [reshape(x, [x.shape[1]!, 2, x.shape[0]!, 3])],
  },
  { name: 'transpose', inputs: [input(['batch', 'length', 2, 3])], build: (x) => [transpose(x, [2, 0, 3, 1])] },
  {
    name: 'slice of a symbol’s size',
    inputs: [input(['length', 3]), input(['batch'])],
    build: (x, other) => [slice(x, 0, 0, other.shape[0]!)],
    differentiable: [0],
  },
  { name: 'slice in the middle', inputs: [input(['batch', 7])], build: (x) => [slice(x, -1, 2, 3)] },
  { name: 'slice of a symbolic axis', inputs: [input(['length', 2])], build: (x) => [slice(x, 0, 1, 3)] },
  {
    name: 'concatenate',
    inputs: [input(['batch', 2, 3]), input(['batch', 1, 3]), input(['batch', 3, 3])],
    build: (...parts) => [concatenate(parts, 1)],
  },
  {
    name: 'rows of a matrix, out of order',
    inputs: [input(['length', 3]), given(['batch'], 'int32', [4, 0, 2])],
    build: (x, rows) => [takeRows(x, rows)],
  },
  { name: 'split', inputs: [input(['batch', 'length', 6])], build: (x) => [...split(x, 3)] },
];

const linearCases = (['in-out', 'out-in'] as const).flatMap((layout) =>
  [true, false].map((biased): OperatorCase => ({
    name: `linear, ${layout}${biased ? ' with bias' : ''}`,
    inputs: [input(['batch', 3]), input(layout === 'in-out' ? [3, 4] : [4, 3]), ...(biased ? [input([4])] : [])],
    build: (x, weight, bias) => [linear(x, weight, bias, layout)],
  })),
);

const matmulCases = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) =>
    [false, true].flatMap((sequenceFirstA) =>
      [false, true].map((sequenceFirstB): OperatorCase => {
        const stack = (rows: Dimension, columns: Dimension, transposed: boolean, sequenceFirst: boolean): Shape => {
          const [outer, inner] = transposed ? [columns, rows] : [rows, columns];
          return sequenceFirst ? [outer, 'batch', 2, inner] : ['batch', 2, outer, inner];
        };
        const flags = { transposeA, transposeB, sequenceFirstA, sequenceFirstB };
        const set = Object.entries(flags).flatMap(([name, value]) => (value ? [name] : []));
        return {
          name: `matmul${set.length > 0 ? `, ${set.join(', ')}` : ''}`,
          inputs: [
            input(stack('queries', 'length', transposeA, sequenceFirstA)),
            input(stack('length', 3, transposeB, sequenceFirstB)),
          ],
          build: (a, b) => [matmul(a, b, { ...flags, scale: 0.7 })],
        };
      }),
    ),
  ),
);

const normalizationCases: OperatorCase[] = [
  { name: 'softmax', inputs: [wide(['batch', 2, 'length'])], build: (x) => [softmax(x)] },
  {
    name: 'softmax with hidden elements',
    inputs: [input(['batch', 3]), given([3], 'float32', [0, -1e9, 0])],
    build: (x, bias) => [softmax(add(x, bias))],
    differentiable: [0],
  },
  {
    name: 'layer norm',
    inputs: [wide(['batch', 7]), input([7]), input([7])],
    build: (x, weight, bias) => [layerNorm(x, weight, bias, 1e-5)],
  },
  {
    name: 'layer norm with a large epsilon',
    inputs: [input(['batch', 4]), input([4]), input([4])],
    build: (x, weight, bias) => [layerNorm(x, weight, bias, 0.5)],
  },
  {
    name: 'add and normalize',
    inputs: [input(['batch', 4]), input(['batch', 4]), input([4]), input([4])],
    build: (x, y, weight, bias) => [addAndNormalize(x, y, weight, bias, 1e-12)],
  },
];

const lookupCases: OperatorCase[] = [
  {
    name: 'embedding with repeated rows',
    inputs: [input([4, 3]), indices(['length', 'batch'], 4)],
    build: (table, rows) => [embedding(table, rows)],
  },
  {
    name: 'embedding looked up twice, and used as a matrix',
    inputs: [input([4, 3]), indices(['batch'], 4), indices(['batch'], 4)],
    build: (table, first, second) => [
      linear(embedding(table, first), table, undefined, 'out-in'),
      embedding(table, second),
    ],
  },
  {
    name: 'take a position of each sequence',
    inputs: [input(['batch', 'length', 3]), indices(['batch'], SIZES.length!)],
    build: (x, positions) => [takePosition(x, positions)],
    differentiable: [],
  },
  {
    name: 'top k',
    inputs: [input(['batch', 9])],
    build: (x) => {
      const { values, indices: places } = topK(x, 4);
      return [values, places];
    },
    differentiable: [],
  },
  { name: 'at least', inputs: [input(['batch', 9])], build: (x) => [atLeast(x, 0.5)], differentiable: [] },
];

const lossCases: OperatorCase[] = [
  {
    name: 'negative log likelihoods',
    inputs: [wide(['batch', 4]), indices(['batch'], 4)],
    build: (logits, labels) => [negativeLogLikelihoods(logits, labels)],
    differentiable: [],
  },
  {
    name: 'cross-entropy with ignored rows and class weights',
    inputs: [wide(['batch', 4]), given(['batch'], 'int32', [3, 0, 1]), given(['batch'], 'float32', [0.25, 0, 1.75])],
    build: (logits, labels, weights) => [crossEntropy(logits, labels, weights)],
    differentiable: [0],
  },
  {
    name: 'cross-entropy of sequences, as part of a larger loss',
    inputs: [input(['length', 'batch', 3]), indices(['length', 'batch'], 3), positive(['length', 'batch'])],
    build: (x, labels, weights) => {
      const rows = [multiplyDimensions(x.shape[0]!, x.shape[1]!)];
      return [scale(crossEntropy(flattenRows(x), reshape(labels, rows), reshape(weights, rows)), 0.3)];
    },
    differentiable: [0],
  },
];

const softLossCases: OperatorCase[] = [
  {
    name: 'cross-entropy with target distributions',
    inputs: [
      wide(['batch', 4]),
      given(['batch', 4], 'float32', [0.7, 0.1, 0.2, 0, 0, 0, 1, 0, 0.25, 0.25, 0.25, 0.25]),
      given(['batch'], 'float32', [0.25, 1.5, 0.5]),
    ],
    build: (logits, targets, weights) => [scale(softCrossEntropy(logits, targets, weights), 0.3)],
    differentiable: [0],
  },
  {
    name: 'cross-entropy with targets that do not sum to one, and an ignored row',
    inputs: [wide(['batch', 3]), positive(['batch', 3]), given(['batch'], 'float32', [0.5, 0, 2])],
    build: (logits, targets, weights) => [softCrossEntropy(logits, targets, weights)],
    differentiable: [0],
  },
];

/** Attention with 2 heads of width 3; `hidden` says which keys a query does not see. */
function attentionCase(
  name: string,
  queries: 'queries' | 'keys',
  rate: number,
  hidden: (query: number, key: number) => boolean,
): OperatorCase {
  const rows = (length: Dimension): Shape => [multiplyDimensions(length, 'batch'), 6];
  const bias = Array.from({ length: SIZES.batch! * SIZES[queries]! * SIZES.keys! }, (_, index) => {
    const query = Math.floor(index / SIZES.keys!) % SIZES[queries]!;
    return hidden(query, index % SIZES.keys!) ? -1e9 : 0;
  });
  return {
    name,
    inputs: [
      input(rows(queries)),
      input(rows('keys')),
      input(rows('keys')),
      given(['batch', 1, queries, 'keys'], 'float32', bias),
    ],
    build: (q, k, v, biasTensor) => {
      const [batch, , queryLength, keyLength] = biasTensor.shape as [Dimension, 1, Dimension, Dimension];
      const shape = { batch, queries: queryLength, keys: keyLength, heads: 2, width: 3 };
      return [attention(q, k, v, shape, { bias: biasTensor, dropout: rate, site: 'weights' })];
    },
    differentiable: [0, 1, 2],
  };
}

const causally = (query: number, key: number) => key > query;

const attentionCases: OperatorCase[] = [
  {
    name: 'bias between segments',
    inputs: [given(['batch', 'length'], 'float32', [0, 0, 1, 2, -1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0])],
    build: (segments) => [segmentBias(segments)],
    differentiable: [],
  },
  attentionCase('attention, causal', 'keys', 0, causally),
  attentionCase('attention, fewer queries than keys', 'queries', 0, (_, key) => key > 4),
  attentionCase('attention with dropout', 'keys', 0.3, causally),
  attentionCase('attention of fewer queries with dropout', 'queries', 0.5, causally),
  {
    name: 'attention of one query',
    inputs: [input(['batch', 6]), input(['batch*keys', 6]), input(['batch*keys', 6]), input(['batch', 1, 1, 'keys'])],
    build: (q, k, v, bias) => {
      const shape = { batch: q.shape[0]!, queries: 1, keys: bias.shape[3]!, heads: 3, width: 2 };
      return [attention(q, k, v, shape, { bias: bias, dropout: 0, site: 'weights' })];
    },
    differentiable: [0, 1, 2],
  },
  { name: 'dropout', inputs: [input(['batch', 'length'])], build: (x) => [dropout(x, 0.3, 'here')] },
  {
    name: 'cached attention to a prompt',
    inputs: [
      input(['batch', 'length', 48]),
      given(['batch', 2, 9, 8], 'float32', []),
      given(['batch', 2, 9, 8], 'float32', []),
      given(['batch'], 'int32', [4, 4, 4]),
      given([], 'int32', [5]),
    ],
    build: (qkv, keys, values, last, total) => {
      const result = cachedAttention(qkv, keys, values, last, total, { heads: 2 });
      return [result.output, result.keys, result.values];
    },
    differentiable: [],
  },
  {
    name: 'cached attention to rows of different lengths',
    inputs: [
      input(['batch', 1, 48]),
      input(['batch', 2, 9, 8]),
      input(['batch', 2, 9, 8]),
      given(['batch'], 'int32', [4, 2, 7]),
      given([], 'int32', [8]),
    ],
    build: (qkv, keys, values, last, total) => [cachedAttention(qkv, keys, values, last, total, { heads: 2 }).output],
    differentiable: [],
  },
];

const { tanh } = elementwise;

const checkpointCases: OperatorCase[] = [
  {
    name: 'checkpoint',
    inputs: [input(['batch', 4]), input([4, 4]), input([4])],
    build: (x, weight, bias) => {
      const segment = (h: Tensor) => add(h, tanh(linear(h, weight, bias, 'in-out')));
      return [checkpoint(checkpoint(x, segment), segment)];
    },
  },
  {
    name: 'checkpoint within a checkpoint, of another shape, with dropout',
    inputs: [input(['length', 4]), input([3, 4]), input(['batch'])],
    build: (x, weight, other) => {
      const inner = (h: Tensor) => dropout(tanh(h), 0.4, 'inner');
      const outer = (h: Tensor) =>
        linear(multiply(checkpoint(h, inner), slice(h, 0, 0, 1)), weight, undefined, 'out-in');
      return [slice(checkpoint(x, outer), 0, 0, other.shape[0]!), multiply(x, x)];
    },
    differentiable: [0, 1],
  },
];

export const OPERATOR_CASES: readonly OperatorCase[] = [
  ...binaryCases,
  ...unaryCases,
  ...reductionCases,
  ...layoutCases,
  ...linearCases,
  ...matmulCases,
  ...normalizationCases,
  ...lookupCases,
  ...lossCases,
  ...softLossCases,
  ...attentionCases,
  ...checkpointCases,
];

/** A case as a graph with values for its inputs (masks included). */
export interface PreparedCase {
  readonly graph: Graph;
  readonly outputs: readonly Tensor[];
  /** Inputs that a derivative is taken for. */
  readonly wanted: readonly Tensor[];
  /** Σ weight · output over all elements of all outputs, the weights random; absent where no derivative is taken. */
  readonly loss: Tensor | undefined;
  readonly values: Readonly<Record<string, Value>>;
}

/** @param symbolic with the symbols in place, or replaced by their sizes. */
export function prepareCase(operatorCase: OperatorCase, symbolic: boolean): PreparedCase {
  const { name, inputs: specifications, build } = operatorCase;
  const graph = new Graph();
  const values: Record<string, Value> = {};
  const give = (tensor: Tensor, value: (stream: RandomStream, index: number) => number) => {
    const shape = resolveShape(tensor.shape, SIZES);
    const stream = RandomStream.named(1, name, tensor.name);
    values[tensor.name] = {
      shape,
      data: Float64Array.from({ length: sizeOf(shape) }, (_, index) => Math.fround(value(stream, index))),
    };
  };

  const inputs = specifications.map(({ shape, type, draw, values: fixed }, index) => {
    const tensor = graph.input(`x${index}`, { shape: symbolic ? shape : resolveShape(shape, SIZES), type });
    give(tensor, (stream, place) => fixed?.[place] ?? draw(stream));
    return tensor;
  });
  const outputs = build(...inputs);
  for (const { tensor, kind, keepProbability } of graph.inputs) {
    if (kind === 'mask') give(tensor, (stream) => (stream.uniform() < keepProbability! ? 1 : 0));
  }
  const floats = inputs.flatMap(({ type }, index) => (type === 'float32' ? [index] : []));
  const wanted = (operatorCase.differentiable ?? floats).map((index) => inputs[index]!);
  if (wanted.length === 0) return { graph, outputs, wanted, loss: undefined, values };

  const terms = outputs.map((output, index) => {
    const weights = graph.input(`weights${index}`, output);
    give(weights, (stream) => stream.normal());
    return sumAll(multiply(output, weights));
  });
  return { graph, outputs, wanted, loss: terms.reduce((sum, term) => add(sum, term)), values };
}
