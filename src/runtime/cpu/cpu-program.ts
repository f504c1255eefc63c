/** A forward graph on the CPU: an ONNX Runtime session over weights in shared memory. */
import type { Graph } from '../../graph/graph.ts';
import { CPU_LOWERING } from '../../graph/onnx/lowering.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import type { OnnxModel } from '../../graph/onnx/write.ts';
import { resolveShape } from '../../graph/tensor.ts';
import type { Bindings, TensorType } from '../../graph/tensor.ts';
import type { OnnxRuntime } from '../onnxruntime/library.ts';
import { Session, TensorValue } from '../onnxruntime/session.ts';
import { bindSymbols } from '../device.ts';
import type { Feeds, HostTensor, Program, ProgramOptions, ProgramState, Results } from '../device.ts';
import type { CpuParameters } from './cpu-parameters.ts';

/** The name of the output that replaces a state input. */
export const nextOf = (name: string): string => `next:${name}`;

class CpuState implements ProgramState {
  readonly values: ReadonlyMap<string, TensorValue>;
  readonly bindings: Bindings;

  constructor(values: ReadonlyMap<string, TensorValue>, bindings: Bindings) {
    this.values = values;
    this.bindings = bindings;
  }

  dispose(): Promise<void> {
    for (const value of this.values.values()) value.release();
    return Promise.resolve();
  }
}

/** Values for a model's parameters, each a view of the weights themselves. */
export function parameterValues(
  runtime: OnnxRuntime,
  names: readonly string[],
  parameters: CpuParameters,
): Map<string, TensorValue> {
  return new Map(
    names.map((name) => {
      const { shape } = parameters.place(name).specification;
      return [name, new TensorValue(runtime, 'float32', shape, parameters.view(name, 'weight'))];
    }),
  );
}

/** Values of the data inputs a model needs. @throws Error when one is not fed, or not with the numbers it takes. */
export function feedValues(runtime: OnnxRuntime, model: OnnxModel, feeds: Feeds): Map<string, TensorValue> {
  const fed = model.inputs
    .filter(({ kind }) => kind === 'data')
    .map(({ tensor: { name, type } }) => {
      const value = feeds[name];
      if (!value) throw new Error(`the input '${name}' is not fed`);
      const { shape, data } = value;
      if ((type === 'int32') !== data instanceof Int32Array)
        throw new Error(`the input '${name}' takes ${type} numbers`);
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      if (size !== data.length) throw new Error(`the input '${name}' is fed with ${data.length} numbers, not ${size}`);
      return { name, type, shape, data };
    });
  return new Map(fed.map(({ name, type, shape, data }) => [name, new TensorValue(runtime, type, shape, data)]));
}

/** Room for a result of this type. */
export function allocateResult(type: TensorType, bindings: Bindings): HostTensor {
  const shape = resolveShape(type.shape, bindings);
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return { shape, data: type.type === 'int32' ? new Int32Array(size) : new Float32Array(size) };
}

export class CpuProgram implements Program {
  readonly #runtime: OnnxRuntime;
  readonly #graph: Graph;
  readonly #model: OnnxModel;
  readonly #session: Session;
  readonly #parameters: Map<string, TensorValue>;

  constructor(runtime: OnnxRuntime, graph: Graph, parameters: CpuParameters, threads: number, options: ProgramOptions) {
    this.#runtime = runtime;
    this.#graph = graph;
    this.#model = writeOnnx(graph, CPU_LOWERING, options.frozen ? 'initializers' : 'inputs');
    const named = (inputs: OnnxModel['inputs']) =>
      inputs.filter((input) => input.kind === 'parameter').map((input) => input.tensor.name);
    const initializers = parameterValues(runtime, named(this.#model.initializers), parameters);
    this.#session = new Session(runtime, this.#model.bytes, { threads, initializers });
    this.#parameters = parameterValues(runtime, named(this.#model.inputs), parameters);
  }

  createState(bindings: Bindings): Promise<ProgramState> {
    const values = new Map<string, TensorValue>();
    for (const { tensor, kind } of this.#model.inputs) {
      if (kind !== 'state') continue;
      const { shape, data } = allocateResult(tensor, bindings);
      values.set(tensor.name, new TensorValue(this.#runtime, tensor.type, shape, data));
    }
    return Promise.resolve(new CpuState(values, bindings));
  }

  async run(feeds: Feeds, state?: ProgramState): Promise<Results> {
    if (state && !(state instanceof CpuState)) throw new Error('this state belongs to another device');
    if (!state && this.#model.inputs.some(({ kind }) => kind === 'state'))
      throw new Error('this program needs a state');
    const bindings = bindSymbols(this.#graph, feeds, state?.bindings);
    const inputs = feedValues(this.#runtime, this.#model, feeds);
    const results: Record<string, HostTensor> = {};
    const outputs = new Map<string, TensorValue>();
    for (const { name, type } of this.#model.outputs) {
      if (name.startsWith('next:')) continue;
      results[name] = allocateResult(type, bindings);
      outputs.set(name, new TensorValue(this.#runtime, type.type, results[name].shape, results[name].data));
    }
    const temporary = [...inputs.values(), ...outputs.values()];
    // The new state is written over the old: the cache operators work in place.
    for (const [name, value] of state?.values ?? []) {
      inputs.set(name, value);
      outputs.set(nextOf(name), value);
    }
    for (const [name, value] of this.#parameters) inputs.set(name, value);
    try {
      await this.#session.run(inputs, outputs);
    } finally {
      for (const value of temporary) value.release();
    }
    return results;
  }

  dispose(): Promise<void> {
    this.#session.release();
    for (const value of this.#parameters.values()) value.release();
    return Promise.resolve();
  }
}
