/**
 * Every operator on every device against the float64 interpreter, and every derivative against differences of the interpreter's values.
 *
 * The two halves meet: a derivative is a graph, shown here to be right in float64, and computed by the device as any other.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.ts';
import { Graph } from '../../src/graph/graph.ts';
import type { Tensor } from '../../src/graph/graph.ts';
import { divide, multiply } from '../../src/graph/operators/elementwise.ts';
import { transpose } from '../../src/graph/operators/layout.ts';
import { sumAll, sumOver } from '../../src/graph/operators/reduction.ts';
import { CPU_LOWERING } from '../../src/graph/onnx/lowering.ts';
import type { Device, Feeds, Parameters } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import { OPERATOR_CASES, prepareCase, SIZES } from '../support/operator-cases.ts';
import type { PreparedCase } from '../support/operator-cases.ts';
import {
  interpret,
  interpretedOperators,
  interpretGradient,
  numericalGradient,
  sizeOf,
} from '../support/reference-interpreter.ts';
import type { Value } from '../support/reference-interpreter.ts';
import { largest, largestDifference } from '../support/reference.ts';

/** The largest error of the derivatives of `loss`, relative to each gradient's largest element. */
function derivativeError(loss: Tensor, wanted: readonly Tensor[], values: PreparedCase['values']): number {
  const gradients = differentiate(loss, wanted);
  const errors = wanted.map((input) => {
    const expected = numericalGradient(() => interpret([loss], values, SIZES)[0]!.data[0]!, values[input.name]!.data);
    const gradient = interpretGradient(gradients, input, values, SIZES);
    return largestDifference(gradient, expected) / Math.max(1, largest(expected));
  });
  return Math.max(...errors);
}

const named = OPERATOR_CASES.map((operatorCase) => ({ ...operatorCase, operatorCase }));

describe('derivatives', () => {
  const differentiable = named.filter(({ differentiable: inputs }) => inputs?.length !== 0);

  test.each(differentiable)('$name', ({ operatorCase }) => {
    for (const symbolic of [true, false]) {
      const { loss, wanted, values } = prepareCase(operatorCase, symbolic);
      expect(derivativeError(loss!, wanted, values)).toBeLessThan(1e-8);
    }
  });

  // A backward pass is graph like any other: its operators have derivatives too, and read transposed operands the forward pass never does.
  const smooth = named.filter(({ name }) => /^(linear|matmul|slice|tanh|sigmoid|erf|divide)/.test(name));
  test.each(smooth)('$name, twice', ({ operatorCase }) => {
    const { loss, wanted, values } = prepareCase(operatorCase, true);
    const first = [...differentiate(loss!, wanted).dense.values()];
    const squares = first.map((gradient) => sumAll(multiply(gradient, multiply(gradient, gradient))));
    for (const square of squares) expect(derivativeError(square, wanted, values)).toBeLessThan(1e-7);
  });
});

describe('derivatives for any shape', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
  /** The error for inputs of these shapes, all between 1 and 2. */
  const errorOf = (shapes: readonly (readonly number[])[], build: (...inputs: Tensor[]) => Tensor): number => {
    const values: Record<string, Value> = {};
    const graph = new Graph();
    const inputs = shapes.map((dimensions, place) => {
      const data = new Float64Array(sizeOf(dimensions)).map((_, index) => 1 + ((index * 7) % 5) / 4);
      values[`x${place}`] = { shape: dimensions, data };
      return graph.parameter(`x${place}`, dimensions);
    });
    const result = build(...inputs);
    // A cube: its gradient differs from element to element.
    return derivativeError(sumAll(multiply(result, multiply(result, result))), inputs, values);
  };

  test('broadcasting, from either side', () => {
    fc.assert(
      fc.property(shape, fc.nat(4), fc.nat(15), (whole, dropped, stretched) => {
        const part = whole.slice(dropped).map((size, axis) => ((stretched >> axis) & 1 ? 1 : size));
        expect(errorOf([whole, part], (a, b) => divide(a, b))).toBeLessThan(1e-8);
        expect(errorOf([part, whole], (a, b) => multiply(a, b))).toBeLessThan(1e-8);
      }),
      { numRuns: 25 },
    );
  });

  test('sums over any axes, in any order', () => {
    const keys = fc.array(fc.nat(), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(shape, keys, fc.nat(15), fc.boolean(), (sizes, order, chosen, keepAxes) => {
        const axes = sizes.map((_, axis) => axis);
        const permutation = [...axes].sort((a, b) => order[a]! - order[b]! || a - b);
        const summed = axes.filter((axis) => (chosen >> axis) & 1);
        expect(errorOf([sizes], (x) => sumOver(transpose(x, permutation), summed, keepAxes))).toBeLessThan(1e-8);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the interpreter', () => {
  test('knows every operator that is lowered, and no other', () => {
    expect([...interpretedOperators].sort()).toEqual(Object.keys(CPU_LOWERING).sort());
  });

  test('meets every operator in some case or its derivative', () => {
    const met = new Set<string>();
    for (const operatorCase of OPERATOR_CASES) {
      const { graph, loss, wanted } = prepareCase(operatorCase, true);
      if (loss) differentiate(loss, wanted);
      for (const { operator } of graph.nodes) met.add(operator);
    }
    expect([...met].sort()).toEqual([...interpretedOperators].sort());
  });
});

/** Names a case's outputs and gradients as results of its graph. */
function nameResults({ graph, outputs, loss, wanted }: PreparedCase): void {
  outputs.forEach((output, index) => graph.output(`output${index}`, output));
  if (!loss) return;
  const { dense, rows } = differentiate(loss, wanted);
  graph.output('loss', loss);
  for (const [input, gradient] of dense) graph.output(`gradient:${input.name}`, gradient);
  for (const [input, parts] of rows) {
    parts.forEach((part, index) => graph.output(`rows:${input.name}:${index}`, part.values));
  }
}

function feedsOf({ graph, values }: PreparedCase): Feeds {
  return Object.fromEntries(
    graph.inputs.map(({ tensor }) => {
      const { shape, data } = values[tensor.name]!;
      return [tensor.name, { shape, data: tensor.type === 'int32' ? Int32Array.from(data) : Float32Array.from(data) }];
    }),
  );
}

describe.each(devices)('forward and backward on $name', ({ open }) => {
  let device: Device;
  let none: Parameters;
  beforeAll(async () => {
    device = await open();
    none = await device.createParameters([], { trainable: false });
  });
  afterAll(() => device.close());

  // Masks are the device's own: tests/contract/training.test.ts has those.
  const withoutMasks = named.filter(
    ({ operatorCase }) => !prepareCase(operatorCase, true).graph.inputs.some(({ kind }) => kind === 'mask'),
  );
  test.each(withoutMasks)('$name', async ({ operatorCase }) => {
    for (const symbolic of [true, false]) {
      const prepared = prepareCase(operatorCase, symbolic);
      nameResults(prepared);
      const program = await device.createProgram(prepared.graph, none);
      const results = await program.run(feedsOf(prepared));
      await program.dispose();
      for (const [name, tensor] of prepared.graph.outputs) {
        const expected = interpret([tensor], prepared.values, SIZES)[0]!;
        expect(results[name]!.shape, name).toEqual(expected.shape);
        const error = largestDifference(results[name]!.data, expected.data);
        expect(error, name).toBeLessThan(3e-6 * Math.max(1, largest(expected.data)));
      }
    }
  });
});
