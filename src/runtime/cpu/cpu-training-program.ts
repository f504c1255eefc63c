/**
 * Training on the CPU: forward and backward pass as one ONNX Runtime session that writes gradients straight into the weights' memory, and AdamW
 * as a kernel over that memory.
 *
 * The first batch of an update overwrites the gradients. Further batches use a second session, whose outputs are the gradients so far plus
 * its own, each added in place as soon as it is known. Gradients of embedding tables come by rows and are added by a kernel.
 */
import type { Graph, Tensor } from '../../graph/graph.ts';
import { CPU_LOWERING } from '../../graph/onnx/lowering.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import type { OnnxModel } from '../../graph/onnx/write.ts';
import type { Bindings } from '../../graph/tensor.ts';
import {
  accumulatedOf,
  accumulateGradients,
  addGradients,
  gradientOf,
  isRowOutput,
} from '../../graph/training-graph.ts';
import type { TrainingGraph } from '../../graph/training-graph.ts';
import type { ArenaStatistics, Engine, EngineSession, EngineValue } from '../onnxruntime/engine.ts';
import { allocateResult, feedValues } from '../onnxruntime/feeds.ts';
import { bindSymbols } from '../device.ts';
import type {
  AdamWSettings,
  BatchPart,
  Feeds,
  HostTensor,
  Results,
  TrainingProgram,
  UpdateSettings,
} from '../device.ts';
import type { KernelCall, Kernels } from '../kernels/kernels.ts';
import type { CpuParameters } from './cpu-parameters.ts';
import { parameterValues } from './cpu-program.ts';
import { MaskMemory } from './masks.ts';
import { RowAccumulator } from './row-accumulator.ts';

/** Kernel calls cover at most this many numbers, so that threads share the work evenly. */
const CHUNK = 1 << 19;

interface Compiled {
  readonly model: OnnxModel;
  readonly session: EngineSession;
}

export class CpuTrainingProgram implements TrainingProgram {
  updates = 0;
  readonly #engine: Engine;
  readonly #kernels: Kernels;
  readonly #graph: Graph;
  readonly #parameters: CpuParameters;
  readonly #optimizer: AdamWSettings;
  readonly #threads: number;
  readonly #training: TrainingGraph;
  readonly #masks: MaskMemory;
  readonly #rows: RowAccumulator;
  readonly #weightValues: Map<string, EngineValue>;
  readonly #gradientValues = new Map<string, EngineValue>();
  readonly #first: Compiled;
  /** Made when an update first takes more than one batch. */
  #further: Compiled | undefined;
  #batches = 0;

  constructor(
    engine: Engine,
    kernels: Kernels,
    graph: Graph,
    loss: Tensor,
    parameters: CpuParameters,
    optimizer: AdamWSettings,
    options: { threads: number; profilePrefix?: string },
  ) {
    this.#engine = engine;
    this.#kernels = kernels;
    this.#graph = graph;
    this.#parameters = parameters;
    this.#optimizer = optimizer;
    this.#threads = options.threads;
    const trained = new Set(parameters.trained.map(({ name }) => name));
    this.#training = addGradients(graph, loss, (name) => trained.has(name));
    this.#first = this.#compile(options.profilePrefix);
    this.#masks = new MaskMemory(kernels, this.#first.model.inputs);
    const rowsOnly = [...this.#training.gradients.rows.keys()].filter(
      (table) => !this.#training.gradients.dense.has(table),
    );
    this.#rows = new RowAccumulator(
      kernels,
      parameters,
      rowsOnly.map((table) => table.name),
    );
    const names = this.#first.model.inputs
      .filter((input) => input.kind === 'parameter')
      .map((input) => input.tensor.name);
    this.#weightValues = parameterValues(engine, names, parameters);
    for (const parameter of this.#training.gradients.dense.keys()) {
      const { shape } = parameters.place(parameter.name).specification;
      const view = () => parameters.view(parameter.name, 'gradient');
      this.#gradientValues.set(gradientOf(parameter), engine.value('float32', shape, view));
    }
  }

  /** See `EngineSession.ready`. */
  get ready(): Promise<void> {
    return this.#first.session.ready;
  }

  #compile(profilePrefix?: string): Compiled {
    const model = writeOnnx(this.#graph, CPU_LOWERING, 'inputs');
    const options = { threads: this.#threads, ...(profilePrefix && { profilePrefix }) };
    return { model, session: this.#engine.session(model.bytes, options) };
  }

  /** The session that adds to the gradients that are there. */
  #compileFurther(): Compiled {
    accumulateGradients(this.#graph, this.#training.gradients.dense);
    return this.#compile();
  }

  async accumulate(feeds: Feeds, maskSeed: readonly (string | number)[], part?: BatchPart): Promise<Results> {
    const isFirst = this.#batches === 0;
    if (isFirst) this.#rows.clear();
    const { model, session } = isFirst ? this.#first : (this.#further ??= this.#compileFurther());
    const bindings = bindSymbols(this.#graph, feeds);

    const inputs = new Map<string, EngineValue>();
    const temporary: EngineValue[] = [];
    const accumulated: Record<string, HostTensor> = {};
    if (!isFirst) {
      for (const parameter of this.#training.gradients.dense.keys()) {
        const { shape } = this.#parameters.place(parameter.name).specification;
        accumulated[accumulatedOf(parameter)] = { shape, data: this.#parameters.view(parameter.name, 'gradient') };
      }
    }
    for (const [name, value] of feedValues(this.#engine, model, { ...feeds, ...accumulated })) {
      inputs.set(name, value);
      temporary.push(value);
    }
    for (const { name, shape, data } of await this.#masks.fill(bindings, maskSeed, part)) {
      const value = this.#engine.value('uint8', shape, data);
      inputs.set(name, value);
      temporary.push(value);
    }
    for (const [name, value] of this.#weightValues) inputs.set(name, value);

    const { results, outputs } = this.#allocate(model, bindings);
    temporary.push(...outputs.values());
    for (const [name, value] of this.#gradientValues) outputs.set(name, value);
    try {
      await session.run(inputs, outputs);
    } finally {
      for (const value of temporary) value.release();
    }
    await this.#addRows(feeds, results);
    this.#batches++;
    return Object.fromEntries(Object.entries(results).filter(([name]) => !isRowOutput(name)));
  }

  /** Room for all outputs but the gradients, which have theirs. */
  #allocate(
    model: OnnxModel,
    bindings: Bindings,
  ): { results: Record<string, HostTensor>; outputs: Map<string, EngineValue> } {
    const results: Record<string, HostTensor> = {};
    const outputs = new Map<string, EngineValue>();
    for (const { name, type } of model.outputs) {
      if (this.#gradientValues.has(name)) continue;
      results[name] = allocateResult(type, bindings);
      outputs.set(name, this.#engine.value(type.type, results[name].shape, results[name].data));
    }
    return { results, outputs };
  }

  async #addRows(feeds: Feeds, results: Record<string, HostTensor>): Promise<void> {
    for (const [table, gradients] of this.#training.gradients.rows) {
      for (const gradient of gradients) {
        const rows = feeds[gradient.rows.name]?.data;
        const values = results[this.#training.rowOutputs.get(gradient)!]?.data;
        if (!(rows instanceof Int32Array) || !(values instanceof Float32Array)) {
          throw new Error(`the rows of '${table.name}' must be a data input`);
        }
        await this.#rows.add(table.name, rows, values);
      }
    }
  }

  async update({ learningRate, maxGradientNorm }: UpdateSettings): Promise<{ gradientNorm: number }> {
    if (this.#batches === 0) throw new Error('an update needs at least one batch');
    this.#batches = 0;
    this.updates++;
    const { beta1, beta2, epsilon, weightDecay } = this.#optimizer;
    const trained = this.#trained();

    const squares = await this.#kernels.run(
      this.#chunks(trained, (name, start, size): KernelCall => {
        const gradient = this.#parameters.address(name, 'gradient') + start * 4;
        return { kernel: 'sumOfSquares', memory: this.#parameters.place(name).memory, parameters: [gradient, size] };
      }),
    );
    const gradientNorm = Math.sqrt(squares.reduce<number>((sum, square) => sum + (square ?? 0), 0));
    // As torch.nn.utils.clip_grad_norm_ has it.
    const scale = Math.min(1, maxGradientNorm / (gradientNorm + 1e-6));

    const secondCorrection = Math.sqrt(1 - beta2 ** this.updates);
    const step = (learningRate / (1 - beta1 ** this.updates)) * secondCorrection;
    await this.#kernels.run(
      this.#chunks(trained, (name, start, size): KernelCall => {
        const at = (['weight', 'gradient', 'firstMoment', 'secondMoment'] as const).map(
          (stretch) => this.#parameters.address(name, stretch) + start * 4,
        );
        const decay = 1 - learningRate * weightDecay(name);
        const parameters = [...at, size, decay, beta1, beta2, step, epsilon * secondCorrection, scale];
        return { kernel: 'adamw', memory: this.#parameters.place(name).memory, parameters };
      }),
    );
    return { gradientNorm };
  }

  /** Parameters that get gradients. */
  #trained(): string[] {
    return this.#graph
      .parameters()
      .filter(
        (parameter) => this.#training.gradients.dense.has(parameter) || this.#training.gradients.rows.has(parameter),
      )
      .map((parameter) => parameter.name);
  }

  #chunks(names: readonly string[], call: (name: string, start: number, size: number) => KernelCall): KernelCall[] {
    return names.flatMap((name) => {
      const { paddedSize } = this.#parameters.place(name);
      const count = Math.ceil(paddedSize / CHUNK);
      return Array.from({ length: count }, (_, index) =>
        call(name, index * CHUNK, Math.min(CHUNK, paddedSize - index * CHUNK)),
      );
    });
  }

  gradient(name: string): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.#parameters.view(name, 'gradient')));
  }

  /** Ends the profiling asked for at construction. */
  endProfiling(): void {
    this.#first.session.endProfiling();
  }

  /** See `EngineSession.arenaStatistics`. */
  arenaStatistics(): ArenaStatistics | undefined {
    return this.#first.session.arenaStatistics?.();
  }

  dispose(): Promise<void> {
    for (const compiled of [this.#first, this.#further]) compiled?.session.release();
    for (const value of [...this.#weightValues.values(), ...this.#gradientValues.values()]) value.release();
    this.#masks.release();
    return Promise.resolve();
  }
}
