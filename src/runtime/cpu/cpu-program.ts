/** A forward graph on the CPU: an ONNX Runtime session over weights that stay where they are. */
import type { Graph } from '../../graph/graph.ts';
import { CPU_LOWERING } from '../../graph/onnx/lowering.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import type { OnnxModel } from '../../graph/onnx/write.ts';
import type { Bindings } from '../../graph/tensor.ts';
import type { Engine, EngineSession, EngineValue } from '../onnxruntime/engine.ts';
import { allocateResult, feedValues, nextOf } from '../onnxruntime/feeds.ts';
import { bindSymbols } from '../device.ts';
import type { Feeds, HostTensor, Program, ProgramOptions, ProgramState, Results } from '../device.ts';
import type { CpuParameters } from './cpu-parameters.ts';

class CpuState implements ProgramState {
  readonly values: ReadonlyMap<string, EngineValue>;
  readonly bindings: Bindings;

  constructor(values: ReadonlyMap<string, EngineValue>, bindings: Bindings) {
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
  engine: Engine,
  names: readonly string[],
  parameters: CpuParameters,
): Map<string, EngineValue> {
  return new Map(
    names.map((name) => {
      const { shape } = parameters.place(name).specification;
      return [name, engine.value('float32', shape, () => parameters.view(name, 'weight'))];
    }),
  );
}

export class CpuProgram implements Program {
  readonly #engine: Engine;
  readonly #graph: Graph;
  readonly #model: OnnxModel;
  readonly #session: EngineSession;
  readonly #parameters: Map<string, EngineValue>;

  constructor(engine: Engine, graph: Graph, parameters: CpuParameters, threads: number, options: ProgramOptions) {
    this.#engine = engine;
    this.#graph = graph;
    this.#model = writeOnnx(graph, CPU_LOWERING, options.frozen ? 'initializers' : 'inputs');
    const named = (inputs: OnnxModel['inputs']) =>
      inputs.filter((input) => input.kind === 'parameter').map((input) => input.tensor.name);
    const initializers = parameterValues(engine, named(this.#model.initializers), parameters);
    this.#session = engine.session(this.#model.bytes, { threads, initializers });
    this.#parameters = parameterValues(engine, named(this.#model.inputs), parameters);
  }

  /** See `EngineSession.ready`. */
  get ready(): Promise<void> {
    return this.#session.ready;
  }

  createState(bindings: Bindings): Promise<ProgramState> {
    const values = new Map<string, EngineValue>();
    for (const { tensor, kind } of this.#model.inputs) {
      if (kind !== 'state') continue;
      const { shape, data } = allocateResult(tensor, bindings);
      values.set(tensor.name, this.#engine.value(tensor.type, shape, data));
    }
    return Promise.resolve(new CpuState(values, bindings));
  }

  async run(feeds: Feeds, state?: ProgramState): Promise<Results> {
    if (state && !(state instanceof CpuState)) throw new Error('this state belongs to another device');
    if (!state && this.#model.inputs.some(({ kind }) => kind === 'state'))
      throw new Error('this program needs a state');
    const bindings = bindSymbols(this.#graph, feeds, state?.bindings);
    const inputs = feedValues(this.#engine, this.#model, feeds);
    const results: Record<string, HostTensor> = {};
    const outputs = new Map<string, EngineValue>();
    for (const { name, type } of this.#model.outputs) {
      if (name.startsWith(nextOf(''))) continue;
      results[name] = allocateResult(type, bindings);
      outputs.set(name, this.#engine.value(type.type, results[name].shape, results[name].data));
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
