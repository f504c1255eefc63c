/** A forward graph on the GPU: a session over weights and state that stay where they are, in their precision; the batch goes in, and what the graph names comes out. */
import type { Graph } from '../../graph/graph.ts';
import { WEBGPU_LOWERING } from '../../graph/onnx/webgpu-lowering.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import type { OnnxModel } from '../../graph/onnx/write.ts';
import { elementCount, resolveShape } from '../../graph/tensor.ts';
import type { Bindings } from '../../graph/tensor.ts';
import { bindSymbols } from '../device.ts';
import type { Feeds, HostTensor, Program, ProgramState, Results } from '../device.ts';
import type { EngineValue } from '../onnxruntime/engine.ts';
import { allocateResult, feedValues, nextOf } from '../onnxruntime/feeds.ts';
import type { Session } from '../onnxruntime/session.ts';
import type { Gpu, GpuBuffer } from './gpu.ts';
import { tableChecks } from './table-checks.ts';
import type { TableCheck } from './table-checks.ts';
import type { WebGpuParameters } from './webgpu-parameters.ts';

type Places = ReadonlyMap<string, { readonly buffer: GpuBuffer; readonly shape: readonly number[] }>;

class WebGpuState implements ProgramState {
  readonly bindings: Bindings;
  readonly #gpu: Gpu;
  readonly #places: Places;

  constructor(gpu: Gpu, places: Places, bindings: Bindings) {
    this.#gpu = gpu;
    this.#places = places;
    this.bindings = bindings;
  }

  values(): [name: string, value: EngineValue][] {
    return [...this.#places].map(([name, { buffer, shape }]) => [name, this.#gpu.value(buffer, shape)]);
  }

  dispose(): Promise<void> {
    return this.#gpu.freeAll([...this.#places.values()].map(({ buffer }) => buffer));
  }
}

/** Room in this process for the results that leave the GPU. */
export function allocateResults(
  gpu: Gpu,
  model: OnnxModel,
  bindings: Bindings,
  leaves: (name: string) => boolean,
): { results: Record<string, HostTensor>; outputs: Map<string, EngineValue> } {
  const results: Record<string, HostTensor> = {};
  const outputs = new Map<string, EngineValue>();
  for (const { name, type } of model.outputs) {
    if (!leaves(name)) continue;
    results[name] = allocateResult(type, bindings);
    outputs.set(name, gpu.engine.value(type.type, results[name].shape, results[name].data));
  }
  return { results, outputs };
}

export class WebGpuProgram implements Program {
  readonly #gpu: Gpu;
  readonly #graph: Graph;
  readonly #model: OnnxModel;
  readonly #session: Session;
  readonly #parameters: WebGpuParameters;
  readonly #checks: readonly TableCheck[];

  private constructor(gpu: Gpu, graph: Graph, model: OnnxModel, session: Session, parameters: WebGpuParameters) {
    this.#gpu = gpu;
    this.#graph = graph;
    this.#model = model;
    this.#session = session;
    this.#parameters = parameters;
    this.#checks = tableChecks(graph);
  }

  static async create(
    gpu: Gpu,
    graph: Graph,
    parameters: WebGpuParameters,
    profilePrefix?: string,
  ): Promise<WebGpuProgram> {
    const { precision } = parameters;
    const model = writeOnnx(graph, WEBGPU_LOWERING, 'inputs', { precision });
    for (const { tensor, kind } of model.inputs) if (kind === 'parameter') parameters.shape(tensor.name);
    const session = await gpu.exclusive(() => gpu.session(model.bytes, profilePrefix ? { profilePrefix } : {}));
    return new WebGpuProgram(gpu, graph, model, session, parameters);
  }

  async createState(bindings: Bindings): Promise<ProgramState> {
    const states = this.#model.inputs.filter(({ kind }) => kind === 'state');
    const { precision } = this.#parameters;
    const shapes = states.map(({ tensor }) => [tensor.name, resolveShape(tensor.shape, bindings)] as const);
    const sizes = shapes.map(([, shape]) => elementCount(shape));
    const buffers = await this.#gpu.allocateAll(sizes, precision);
    const places = shapes.map(([name, shape], index) => [name, { buffer: buffers[index]!, shape }] as const);
    const state = new WebGpuState(this.#gpu, new Map(places), bindings);
    try {
      for (const buffer of buffers) await this.#gpu.clear(buffer);
    } catch (error) {
      await state.dispose();
      throw error;
    }
    return state;
  }

  async run(feeds: Feeds, state?: ProgramState): Promise<Results> {
    if (state && !(state instanceof WebGpuState)) throw new Error('this state belongs to another device');
    if (!state && this.#model.inputs.some(({ kind }) => kind === 'state'))
      throw new Error('this program needs a state');
    const bindings = bindSymbols(this.#graph, feeds, state?.bindings);
    const inputs = feedValues(this.#gpu.engine, this.#model, feeds);
    for (const check of this.#checks) check(feeds);
    const { results, outputs } = allocateResults(
      this.#gpu,
      this.#model,
      bindings,
      (name) => !name.startsWith(nextOf('')),
    );
    // The new state is written over the old: the cache operators work in place.
    for (const [name, value] of state?.values() ?? []) {
      inputs.set(name, value);
      outputs.set(nextOf(name), value);
    }
    const names = this.#model.inputs.filter(({ kind }) => kind === 'parameter').map(({ tensor }) => tensor.name);
    for (const [name, value] of this.#parameters.values(names)) inputs.set(name, value);
    try {
      await this.#gpu.exclusive(() => this.#session.run(inputs, outputs));
    } finally {
      for (const value of [...inputs.values(), ...outputs.values()]) value.release();
    }
    return results;
  }

  /** Ends the profiling asked for at creation. */
  endProfiling(): void {
    this.#session.endProfiling();
  }

  async dispose(): Promise<void> {
    await this.#gpu.exclusive(() => this.#session.release());
  }
}
