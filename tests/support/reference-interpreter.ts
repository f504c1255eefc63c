/**
 * What every operator means, in float64: the reference that devices are compared with.
 *
 * A value is a shape and its numbers in row-major order. Each operator is one plain function, slow and short. `offsets` carries most of them: it
 * lists where the elements of a shape lie under given strides, and a broadcast, a transpose, a slice or a sum differ only in the strides.
 */
import type { Gradients } from '../../src/graph/differentiate.ts';
import type { Graph, Node, Tensor } from '../../src/graph/graph.ts';
import { resolveShape } from '../../src/graph/tensor.ts';
import type { Bindings } from '../../src/graph/tensor.ts';

export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The outputs of one node. `shapes` are the outputs' shapes, with their symbols bound. */
type Interpretation = (
  inputs: readonly Value[],
  node: Node,
  shapes: readonly (readonly number[])[],
) => readonly Value[];

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, dimension) => product * dimension, 1);

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** For each element of `shape`, in order, the sum of index · stride over its axes. */
function offsets(shape: readonly number[], strides: readonly number[]): Int32Array {
  let result = Int32Array.of(0);
  shape.forEach((dimension, axis) => {
    const longer = new Int32Array(result.length * dimension);
    result.forEach((offset, outer) => {
      for (let index = 0; index < dimension; index++)
        longer[outer * dimension + index] = offset + index * strides[axis]!;
    });
    result = longer;
  });
  return result;
}

/** Elements of `source` in the order of `places`, as a tensor of `shape`. */
function take(source: Value, shape: readonly number[], places: Int32Array): Value {
  return { shape, data: Float64Array.from(places, (place) => source.data[place]!) };
}

function broadcastTo(x: Value, shape: readonly number[]): Value {
  const missing = shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  const strides = shape.map((_, axis) => (axis < missing || x.shape[axis - missing] === 1 ? 0 : own[axis - missing]!));
  return take(x, shape, offsets(shape, strides));
}

function permute(x: Value, permutation: readonly number[]): Value {
  const strides = stridesOf(x.shape);
  const shape = permutation.map((axis) => x.shape[axis]!);
  return take(
    x,
    shape,
    offsets(
      shape,
      permutation.map((axis) => strides[axis]!),
    ),
  );
}

/** Where a part lies within a whole, when it begins at `start` along `axis`. */
function placesWithin(whole: readonly number[], part: readonly number[], axis: number, start: number): Int32Array {
  const strides = stridesOf(whole);
  return offsets(part, strides).map((offset) => offset + start * strides[axis]!);
}

function numberOf(node: Node, name: string): number {
  const value = node.attributes[name];
  if (typeof value !== 'number') throw new Error(`${node.operator}: '${name}' is not a number`);
  return value;
}

function listOf(node: Node, name: string): readonly number[] {
  const value = node.attributes[name];
  if (typeof value !== 'object') throw new Error(`${node.operator}: '${name}' is not a list`);
  return value;
}

const unary =
  (f: (x: number) => number): Interpretation =>
  ([x]) => [{ shape: x!.shape, data: x!.data.map(f) }];

const binary =
  (f: (a: number, b: number) => number): Interpretation =>
  ([a, b], _, [shape]) => {
    const [first, second] = [broadcastTo(a!, shape!), broadcastTo(b!, shape!)];
    return [{ shape: shape!, data: first.data.map((value, index) => f(value, second.data[index]!)) }];
  };

/** The error function, by the series 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, whose terms all have one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** [..., rows, inner] × [..., inner, columns], stack by stack. */
function multiplyStacks(a: Value, b: Value): Value {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1)!;
  const stacks = sizeOf(a.shape.slice(0, -2));
  const data = new Float64Array(stacks * rows * columns);
  for (let stack = 0; stack < stacks; stack++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          sum += a.data[(stack * rows + row) * inner + k]! * b.data[(stack * inner + k) * columns + column]!;
        }
        data[(stack * rows + row) * columns + column] = sum;
      }
    }
  }
  return { shape: [...a.shape.slice(0, -1), columns], data };
}

/** An operand of `gemm` or `matmul` as the plain stack of matrices that it is read as. */
function operand(x: Value, node: Node, which: 'A' | 'B'): Value {
  const stack = node.attributes[`sequenceFirst${which}`] === true ? permute(x, [1, 2, 0, 3]) : x;
  if (node.attributes[`transpose${which}`] !== true) return stack;
  const axes = stack.shape.map((_, axis) => axis);
  return permute(stack, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** Calls `f` with each row along the last axis. */
function eachRow(x: Value, f: (row: Float64Array, index: number) => void): void {
  const width = x.shape.at(-1)!;
  for (let row = 0; row * width < x.data.length; row++) f(x.data.subarray(row * width, (row + 1) * width), row);
}

const sumOf = (row: Float64Array): number => row.reduce((sum, value) => sum + value, 0);

function softmaxOf(row: Float64Array): Float64Array {
  const largest = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - largest));
  const total = sumOf(powers);
  return powers.map((power) => power / total);
}

const INTERPRETATIONS: Readonly<Record<string, Interpretation>> = {
  fill: (_, node, [shape]) => [{ shape: shape!, data: new Float64Array(sizeOf(shape!)).fill(numberOf(node, 'value')) }],

  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  maximum: binary((a, b) => Math.max(a, b)),
  negate: unary((x) => -x),
  exp: unary((x) => Math.exp(x)),
  log: unary((x) => Math.log(x)),
  sqrt: unary((x) => Math.sqrt(x)),
  tanh: unary((x) => Math.tanh(x)),
  erf: unary(erf),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  relu: unary((x) => Math.max(x, 0)),
  isPositive: unary((x) => (x > 0 ? 1 : 0)),
  gelu: unary((x) => (x * (1 + erf(x / Math.SQRT2))) / 2),
  geluTanh: unary((x) => (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2),

  sum: ([x], node, [shape]) => {
    const reduced = new Set(listOf(node, 'axes'));
    const kept = x!.shape.map((dimension, axis) => (reduced.has(axis) ? 1 : dimension));
    const strides = stridesOf(kept).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
    const data = new Float64Array(sizeOf(shape!));
    offsets(x!.shape, strides).forEach((place, index) => (data[place]! += x!.data[index]!));
    return [{ shape: shape!, data }];
  },
  sumRows: ([x], _, [shape]) => {
    const data = new Float64Array(sizeOf(shape!));
    eachRow(x!, (row) => row.forEach((value, column) => (data[column]! += value)));
    return [{ shape: shape!, data }];
  },
  expand: ([x], _, [shape]) => [broadcastTo(x!, shape!)],

  reshape: ([x], _, [shape]) => [{ shape: shape!, data: x!.data }],
  transpose: ([x], node) => [permute(x!, listOf(node, 'permutation'))],
  slice: ([x], node, [shape]) => [
    take(x!, shape!, placesWithin(x!.shape, shape!, numberOf(node, 'axis'), numberOf(node, 'start'))),
  ],
  embedInZeros: ([x], node, [shape]) => {
    const data = new Float64Array(sizeOf(shape!));
    const places = placesWithin(shape!, x!.shape, numberOf(node, 'axis'), numberOf(node, 'start'));
    places.forEach((place, index) => (data[place] = x!.data[index]!));
    return [{ shape: shape!, data }];
  },
  concatenate: (inputs, node, [shape]) => {
    const axis = numberOf(node, 'axis');
    const data = new Float64Array(sizeOf(shape!));
    let start = 0;
    for (const x of inputs) {
      placesWithin(shape!, x.shape, axis, start).forEach((place, index) => (data[place] = x.data[index]!));
      start += x.shape[axis]!;
    }
    return [{ shape: shape!, data }];
  },
  split: ([x], _, shapes) => {
    const axis = x!.shape.length - 1;
    return shapes.map((shape, part) => take(x!, shape, placesWithin(x!.shape, shape, axis, part * shape[axis]!)));
  },

  takeRows: ([x, rows], _, [shape]) => {
    const width = x!.shape[1]!;
    const data = new Float64Array(sizeOf(shape!));
    rows!.data.forEach((row, index) => data.set(x!.data.subarray(row * width, (row + 1) * width), index * width));
    return [{ shape: shape!, data }];
  },
  placeRows: ([x, rows], _, [shape]) => {
    const data = new Float64Array(sizeOf(shape!));
    eachRow(x!, (row, index) => data.set(row, rows!.data[index]! * row.length));
    return [{ shape: shape!, data }];
  },

  after: ([x]) => [x!],

  gemm: ([a, b, c], node) => {
    const product = multiplyStacks(operand(a!, node, 'A'), operand(b!, node, 'B'));
    if (c) eachRow(product, (row) => row.forEach((_, column) => (row[column]! += c.data[column]!)));
    return [product];
  },
  matmul: ([a, b], node) => {
    const product = multiplyStacks(operand(a!, node, 'A'), operand(b!, node, 'B'));
    return [{ shape: product.shape, data: product.data.map((value) => value * numberOf(node, 'scale')) }];
  },

  softmax: ([x]) => {
    const data = new Float64Array(x!.data.length);
    eachRow(x!, (row, index) => data.set(softmaxOf(row), index * row.length));
    return [{ shape: x!.shape, data }];
  },
  layerNorm: ([x, weight, bias], node, [shape, columnShape]) => {
    const normalized = new Float64Array(x!.data.length);
    const means = new Float64Array(x!.shape[0]!);
    const inverseDeviations = new Float64Array(x!.shape[0]!);
    eachRow(x!, (row, index) => {
      const mean = sumOf(row) / row.length;
      const variance = sumOf(row.map((value) => (value - mean) ** 2)) / row.length;
      const inverse = 1 / Math.sqrt(variance + numberOf(node, 'epsilon'));
      const scaled = row.map((value, column) => (value - mean) * inverse * weight!.data[column]! + bias!.data[column]!);
      normalized.set(scaled, index * row.length);
      means[index] = mean;
      inverseDeviations[index] = inverse;
    });
    return [
      { shape: shape!, data: normalized },
      { shape: columnShape!, data: means },
      { shape: columnShape!, data: inverseDeviations },
    ];
  },
  embedding: ([table, rows], _, [shape]) => {
    const width = table!.shape[1]!;
    const data = new Float64Array(sizeOf(shape!));
    rows!.data.forEach((row, index) => data.set(table!.data.subarray(row * width, (row + 1) * width), index * width));
    return [{ shape: shape!, data }];
  },
  applyMask: ([x, mask], node, [shape]) => {
    const factor = numberOf(node, 'factor');
    return [{ shape: shape!, data: x!.data.map((value, index) => value * mask!.data[index]! * factor) }];
  },

  pick: ([x, labels], _, [shape]) => {
    const classes = x!.shape[1]!;
    return [{ shape: shape!, data: labels!.data.map((label, row) => x!.data[row * classes + label]!) }];
  },
  addAt: ([x, labels, values]) => {
    const data = Float64Array.from(x!.data);
    labels!.data.forEach((label, row) => (data[row * x!.shape[1]! + label]! += values!.data[row]!));
    return [{ shape: x!.shape, data }];
  },

  cachedAttention: ([qkv, oldKeys, oldValues, lastPosition, totalLength], node, [shape]) => {
    const heads = numberOf(node, 'heads');
    const [batch, length, width] = shape as [number, number, number];
    const headWidth = width / heads;
    const capacity = oldKeys!.shape[2]!;
    const output = new Float64Array(sizeOf(shape!));
    const [keys, values] = [Float64Array.from(oldKeys!.data), Float64Array.from(oldValues!.data)];
    for (let example = 0; example < batch; example++) {
      const last = lastPosition!.data[example]!;
      // A prompt starts at 0, and shorter rows end in padding; later tokens follow what the row has.
      const past = totalLength!.data[0] === length ? 0 : last + 1 - length;
      for (let head = 0; head < heads; head++) {
        const cache = (example * heads + head) * capacity * headWidth;
        const at = (position: number, third: number) =>
          ((example * length + position) * 3 + third) * width + head * headWidth;
        for (let position = 0; position < length; position++) {
          const place = cache + (past + position) * headWidth;
          keys.set(qkv!.data.subarray(at(position, 1), at(position, 1) + headWidth), place);
          values.set(qkv!.data.subarray(at(position, 2), at(position, 2) + headWidth), place);
        }
        for (let position = 0; position < length; position++) {
          const scores = Float64Array.from({ length: past + position + 1 }, (_, key) => {
            let score = 0;
            for (let k = 0; k < headWidth; k++) {
              score += qkv!.data[at(position, 0) + k]! * keys[cache + key * headWidth + k]!;
            }
            return score / Math.sqrt(headWidth);
          });
          softmaxOf(scores).forEach((probability, key) => {
            for (let k = 0; k < headWidth; k++) {
              output[(example * length + position) * width + head * headWidth + k]! +=
                probability * values[cache + key * headWidth + k]!;
            }
          });
        }
      }
    }
    return [
      { shape: shape!, data: output },
      { shape: oldKeys!.shape, data: keys },
      { shape: oldValues!.shape, data: values },
    ];
  },
  takePosition: ([x, positions], _, [shape]) => {
    const [, length, width] = x!.shape as [number, number, number];
    const rows = [...positions!.data].flatMap((position, example) => {
      const start = (example * length + position) * width;
      return [...x!.data.subarray(start, start + width)];
    });
    return [{ shape: shape!, data: Float64Array.from(rows) }];
  },
  topK: ([x], node, [shape]) => {
    const best: number[] = [];
    eachRow(x!, (row) => {
      const order = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b);
      best.push(...order.slice(0, numberOf(node, 'count')));
    });
    const width = x!.shape[1]!;
    const count = shape![1]!;
    const values = best.map((column, index) => x!.data[Math.floor(index / count) * width + column]!);
    return [
      { shape: shape!, data: Float64Array.from(values) },
      { shape: shape!, data: Float64Array.from(best) },
    ];
  },
};

/** The operators that have an interpretation. */
export const interpretedOperators: readonly string[] = Object.keys(INTERPRETATIONS);

/**
 * Computes tensors of a graph.
 * @param given values of the inputs that they depend on, by name (masks included).
 * @param bindings values of the symbols in the graph's shapes.
 * @throws Error when an input is missing, or an operator yields another shape than its rule says.
 */
export function interpret(
  wanted: readonly Tensor[],
  given: Readonly<Record<string, Value>>,
  bindings: Bindings,
): Value[] {
  const values = new Map<Tensor, Value>();
  const valueOf = (tensor: Tensor): Value => {
    const value = values.get(tensor) ?? given[tensor.name];
    if (!value) throw new Error(`no value for '${tensor.name}'`);
    return value;
  };
  for (const node of wanted[0] ? nodesFor(wanted[0].graph, wanted) : []) {
    const interpretation = INTERPRETATIONS[node.operator];
    if (!interpretation) throw new Error(`no interpretation of '${node.operator}'`);
    const shapes = node.outputs.map((output) => resolveShape(output.shape, bindings));
    const results = interpretation(node.inputs.map(valueOf), node, shapes);
    node.outputs.forEach((output, index) => {
      const result = results[index]!;
      if (result.shape.join() !== shapes[index]!.join() || result.data.length !== sizeOf(result.shape)) {
        throw new Error(`${node.operator} gave [${result.shape.join()}], not [${shapes[index]!.join()}]`);
      }
      values.set(output, result);
    });
  }
  return wanted.map(valueOf);
}

function nodesFor(graph: Graph, wanted: readonly Tensor[]): Node[] {
  const needed = new Set(wanted);
  const nodes = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return nodes.reverse();
}

/** A tensor's whole gradient: the dense part, with the parts by rows added to it. */
export function interpretGradient(
  { dense, rows }: Gradients,
  tensor: Tensor,
  given: Readonly<Record<string, Value>>,
  bindings: Bindings,
): Float64Array {
  const whole = dense.get(tensor);
  const gradient = whole
    ? Float64Array.from(interpret([whole], given, bindings)[0]!.data)
    : new Float64Array(sizeOf(resolveShape(tensor.shape, bindings)));
  for (const part of rows.get(tensor) ?? []) {
    const [places, parts] = interpret([part.rows, part.values], given, bindings);
    const width = parts!.shape.at(-1)!;
    parts!.data.forEach((value, index) => {
      gradient[places!.data[Math.floor(index / width)]! * width + (index % width)]! += value;
    });
  }
  return gradient;
}

/**
 * df/dx for every element of x by differences: (8(f(+h) − f(−h)) − (f(+2h) − f(−2h))) / 12h, whose error is of order h⁴.
 * @param f the function's value for what is now in x.
 */
export function numericalGradient(f: () => number, x: Float64Array, step = 1e-3): Float64Array {
  return Float64Array.from(x, (value, index) => {
    const at = (offset: number): number => {
      x[index] = value + offset;
      return f();
    };
    const slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    x[index] = value;
    return slope;
  });
}
