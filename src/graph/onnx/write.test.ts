import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { Graph } from '../graph.ts';
import { fill } from '../operators/constant.ts';
import { add, exp } from '../operators/elementwise.ts';
import { expand } from '../operators/reduction.ts';
import { reshape } from '../operators/layout.ts';
import { ModelProtoSchema } from './generated/onnx_pb.ts';
import { CPU_LOWERING } from './lowering.ts';
import { writeOnnx } from './write.ts';

/** The model's nodes in the order they run, as text, such as `Add(a, b) -> sum`. */
function nodesOf(graph: Graph): string[] {
  const model = fromBinary(ModelProtoSchema, writeOnnx(graph, CPU_LOWERING, 'inputs').bytes);
  const nodes = model.graph!.node.map(
    ({ opType, input, output }) => `${opType}(${input.join(', ')}) -> ${output.join(', ')}`,
  );
  return nodes.reverse();
}

describe('names', () => {
  test('a result’s tensor has the result’s name', () => {
    const graph = new Graph();
    const x = graph.parameter('x', [2]);
    graph.output('sum', add(x, exp(x)));
    expect(nodesOf(graph)).toEqual([expect.stringMatching(/^Exp\(x\)/), expect.stringMatching(/ -> sum$/)]);
  });

  test('an input that is a result, and a second result of one tensor, are copies', () => {
    const graph = new Graph();
    const x = graph.parameter('x', [2]);
    const sum = add(x, x);
    graph.output('same', x);
    graph.output('sum', sum);
    graph.output('again', sum);
    expect(nodesOf(graph)).toEqual(['Add(x, x) -> sum', 'Identity(x) -> same', 'Identity(sum) -> again']);
  });

  test('a scalar constant that is a result is a copy', () => {
    const graph = new Graph();
    graph.output('one', fill(graph, [], 1));
    graph.output('two', fill(graph, [], 1));
    expect(nodesOf(graph)).toEqual([
      expect.stringMatching(/^Identity\(constant\.0\) -> one$/),
      expect.stringMatching(/^Identity\(constant\.0\) -> two$/),
    ]);
  });
});

describe('what is written', () => {
  test('leaves out what no result needs', () => {
    const graph = new Graph();
    const [x, y] = ['x', 'y'].map((name) => graph.parameter(name, [2]));
    add(x!, y!);
    graph.output('result', exp(x!));
    const { inputs } = writeOnnx(graph, CPU_LOWERING, 'inputs');
    expect(inputs.map(({ tensor }) => tensor.name)).toEqual(['x']);
    expect(nodesOf(graph)).toEqual(['Exp(x) -> result']);
  });

  test('has parameters as inputs, or as initializers without their bytes', () => {
    const graph = new Graph();
    const data = graph.input('data', { shape: ['batch', 2], type: 'float32' });
    graph.output('result', add(data, graph.parameter('weight', [2])));
    const asInputs = writeOnnx(graph, CPU_LOWERING, 'inputs');
    expect(asInputs.inputs.map(({ tensor }) => tensor.name)).toEqual(['data', 'weight']);
    expect(asInputs.initializers).toEqual([]);

    const { bytes, inputs, initializers } = writeOnnx(graph, CPU_LOWERING, 'initializers');
    expect(inputs.map(({ tensor }) => tensor.name)).toEqual(['data']);
    expect(initializers.map(({ tensor }) => tensor.name)).toEqual(['weight']);
    const [weight] = fromBinary(ModelProtoSchema, bytes).graph!.initializer;
    expect(weight).toMatchObject({ name: 'weight', dims: [2n], externalData: [{ key: 'location' }] });
    expect(weight!.rawData).toHaveLength(0);
  });

  test('says the types and shapes of inputs and results', () => {
    const graph = new Graph();
    const ids = graph.input('ids', { shape: ['batch', 3], type: 'int32' });
    graph.output('flat', reshape(ids, ['3*batch']));
    const { graph: model } = fromBinary(ModelProtoSchema, writeOnnx(graph, CPU_LOWERING, 'inputs').bytes);
    const shapeOf = (values: NonNullable<typeof model>['input']) =>
      values.map(({ type }) =>
        type?.value.case === 'tensorType' ? type.value.value.shape?.dim.map(({ value }) => value.value) : [],
      );
    expect(shapeOf(model!.input)).toEqual([['batch', 3n]]);
    expect(shapeOf(model!.output)).toEqual([['3*batch']]);
  });

  test('makes equal constants once', () => {
    const graph = new Graph();
    const x = graph.parameter('x', [2]);
    graph.output('result', add(add(x, fill(graph, [], 0.5)), fill(graph, [], 0.5)));
    const model = fromBinary(ModelProtoSchema, writeOnnx(graph, CPU_LOWERING, 'inputs').bytes);
    expect(model.graph!.initializer).toHaveLength(1);
  });
});

describe('refusals', () => {
  test('an operator without a rule is named', () => {
    const graph = new Graph();
    graph.output('result', exp(graph.parameter('x', [2])));
    expect(() => writeOnnx(graph, {}, 'inputs')).toThrow("this device has no rule for the operator 'exp'");
  });

  test('a symbol that no input has is named', () => {
    const graph = new Graph();
    graph.output('result', expand(graph.parameter('x', [1, 2]), ['batch', 2]));
    expect(() => writeOnnx(graph, CPU_LOWERING, 'inputs')).toThrow("no input of the graph has the dimension 'batch'");
  });
});
