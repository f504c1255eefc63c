/**
 * Training on the GPU: forward and backward pass as one session, AdamW as another, run parameter by parameter. Weights, gradients and moments stay in
 * the GPU's memory; in goes the batch and for each dropout mask a key, out come the graph's named results and the gradients' norm.
 *
 * The first batch of an update writes the gradients; further ones use a second session, which writes the sums of its own and the gradients so far into
 * a second set of buffers, and the two sets change places.
 */
import { differentiate } from '../../graph/differentiate.ts';
import type { Gradients } from '../../graph/differentiate.ts';
import type { Graph, Tensor } from '../../graph/graph.ts';
import { KEYS_PER_MASK, MASK_KEYS } from '../../graph/onnx/generated-masks.ts';
import { WEBGPU_LOWERING } from '../../graph/onnx/webgpu-lowering.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import type { OnnxModel } from '../../graph/onnx/write.ts';
import { add } from '../../graph/operators/elementwise.ts';
import { accumulatedOf, accumulateGradients, gradientOf } from '../../graph/training-graph.ts';
import { bindSymbols } from '../device.ts';
import type {
  AdamWSettings,
  BatchPart,
  Feeds,
  ParameterPart,
  Results,
  TrainingProgram,
  UpdateSettings,
} from '../device.ts';
import type { EngineValue } from '../onnxruntime/engine.ts';
import { feedValues } from '../onnxruntime/feeds.ts';
import type { Session } from '../onnxruntime/session.ts';
import { adamwStep, gradientSquares, STEP_SCALARS } from './adamw.ts';
import type { StepScalar } from './adamw.ts';
import type { Gpu, GpuBuffer } from './gpu.ts';
import { maskKeys } from './mask-keys.ts';
import { RowSlots } from './row-slots.ts';
import { tableChecks } from './table-checks.ts';
import type { TableCheck } from './table-checks.ts';
import type { WebGpuParameters } from './webgpu-parameters.ts';
import { allocateResults } from './webgpu-program.ts';

const UPDATED: readonly ParameterPart[] = ['weight', 'firstMoment', 'secondMoment'];

interface Compiled {
  readonly model: OnnxModel;
  readonly session: Session;
}

/** Buffers by parameter. */
type GradientSet = ReadonlyMap<Tensor, GpuBuffer>;

export class WebGpuTrainingProgram implements TrainingProgram {
  updates = 0;
  readonly #gpu: Gpu;
  readonly #graph: Graph;
  readonly #parameters: WebGpuParameters;
  readonly #optimizer: AdamWSettings;
  readonly #profilePrefix: string | undefined;
  readonly #checks: readonly TableCheck[];
  readonly #slots: RowSlots;
  /** By parameter, in the order of the graph. */
  readonly #gradients = new Map<Tensor, Tensor>();
  /** Why no batch can be taken: a table is looked up by rows that are computed. */
  readonly #refusal: Error | undefined;
  readonly #sessions: Session[] = [];
  #first!: Compiled;
  /** Made when an update first takes more than one batch. */
  #further: Compiled | undefined;
  #step!: Session;
  #squares!: Session;
  #current: GradientSet = new Map();
  #other: GradientSet | undefined;
  readonly #scalars = new Map<string, GpuBuffer>();
  /** Buffers that the next step writes into, by size. */
  readonly #spares = new Map<number, GpuBuffer[]>();
  #batches = 0;

  private constructor(
    gpu: Gpu,
    graph: Graph,
    loss: Tensor,
    parameters: WebGpuParameters,
    optimizer: AdamWSettings,
    profilePrefix: string | undefined,
  ) {
    this.#gpu = gpu;
    this.#graph = graph;
    this.#parameters = parameters;
    this.#optimizer = optimizer;
    this.#profilePrefix = profilePrefix;
    this.#checks = tableChecks(graph);
    this.#slots = new RowSlots(graph);
    for (const { name } of graph.parameters()) parameters.shape(name);
    const trained = new Set(parameters.trained.map(({ name }) => name));
    const wanted = graph.parameters().filter(({ name }) => trained.has(name));
    const gradients = differentiate(loss, wanted);
    this.#refusal = refusalOf(graph, gradients);
    if (this.#refusal) return;
    for (const parameter of wanted) {
      const parts = (gradients.rows.get(parameter) ?? []).map((part) =>
        this.#slots.placed(part, Number(parameter.shape[0])),
      );
      const dense = gradients.dense.get(parameter);
      const all = dense ? [dense, ...parts] : parts;
      if (all.length > 0)
        this.#gradients.set(
          parameter,
          all.reduce((sum, part) => add(sum, part)),
        );
    }
    for (const [parameter, gradient] of this.#gradients) graph.output(gradientOf(parameter), gradient);
  }

  static async create(
    gpu: Gpu,
    graph: Graph,
    loss: Tensor,
    parameters: WebGpuParameters,
    optimizer: AdamWSettings,
    profilePrefix?: string,
  ): Promise<WebGpuTrainingProgram> {
    const program = new WebGpuTrainingProgram(gpu, graph, loss, parameters, optimizer, profilePrefix);
    try {
      program.#first = await program.#compile(graph);
      const specifications = [...program.#gradients.keys()].map(({ name }) => ({
        name,
        shape: parameters.shape(name),
      }));
      program.#step = (await program.#compile(adamwStep(optimizer))).session;
      program.#squares = (await program.#compile(gradientSquares(specifications))).session;
      program.#current = await program.#gradientSet();
    } catch (error) {
      await program.dispose();
      throw error;
    }
    return program;
  }

  async #compile(graph: Graph): Promise<Compiled> {
    const model = writeOnnx(graph, WEBGPU_LOWERING, 'inputs', { masks: 'generated' });
    const options = this.#profilePrefix ? { profilePrefix: this.#profilePrefix } : {};
    const session = await this.#gpu.exclusive(() => this.#gpu.session(model.bytes, options));
    this.#sessions.push(session);
    return { model, session };
  }

  /** The session that adds to the gradients that are there. */
  #compileFurther(): Promise<Compiled> {
    accumulateGradients(this.#graph, this.#gradients);
    return this.#compile(this.#graph);
  }

  async #gradientSet(): Promise<GradientSet> {
    const all = [...this.#gradients.keys()];
    const buffers = await this.#gpu.allocateAll(all.map(({ name }) => this.#parameters.buffer(name).size));
    return new Map(all.map((parameter, index) => [parameter, buffers[index]!]));
  }

  async accumulate(feeds: Feeds, batchSeed: readonly (string | number)[], part?: BatchPart): Promise<Results> {
    if (this.#refusal) throw this.#refusal;
    const isFirst = this.#batches === 0;
    const { model, session } = isFirst ? this.#first : (this.#further ??= await this.#compileFurther());
    for (const check of this.#checks) check(feeds);
    // Masks are made in the graph, by the places of a batch's elements: a part has masks of its own.
    const maskSeed = part ? [...batchSeed, 'part', JSON.stringify(part.offsets)] : batchSeed;
    const all = { ...feeds, ...this.#slots.feeds(feeds) };
    const bindings = bindSymbols(this.#graph, all);
    const target = isFirst ? this.#current : (this.#other ??= await this.#gradientSet());

    const soFar = isFirst ? [] : [...this.#gradients.keys()].map(accumulatedOf);
    const given = model.inputs.filter(({ tensor }) => !soFar.includes(tensor.name));
    const inputs = feedValues(this.#gpu.engine, { ...model, inputs: given }, all);
    if (!isFirst)
      for (const [name, value] of this.#gradientValues(this.#current, accumulatedOf)) inputs.set(name, value);
    if (model.generatedMasks.length > 0) inputs.set(MASK_KEYS, this.#maskKeys(model, maskSeed));
    const weights = model.inputs.filter(({ kind }) => kind === 'parameter').map(({ tensor }) => tensor.name);
    for (const [name, value] of this.#parameters.values(weights)) inputs.set(name, value);
    const gradients = this.#gradientValues(target, gradientOf);
    const { results, outputs } = allocateResults(this.#gpu, model, bindings, (name) => !gradients.has(name));
    for (const [name, value] of gradients) outputs.set(name, value);
    await this.#run(session, inputs, outputs);
    if (!isFirst) {
      this.#other = this.#current;
      this.#current = target;
    }
    this.#batches++;
    return results;
  }

  async #run(session: Session, inputs: Map<string, EngineValue>, outputs: Map<string, EngineValue>): Promise<void> {
    try {
      await this.#gpu.exclusive(() => session.run(inputs, outputs));
    } finally {
      for (const value of [...inputs.values(), ...outputs.values()]) value.release();
    }
  }

  #gradientValues(set: GradientSet, named: (parameter: Tensor) => string): Map<string, EngineValue> {
    return new Map(
      [...set].map(([parameter, buffer]) => [
        named(parameter),
        this.#gpu.value(buffer, this.#parameters.shape(parameter.name)),
      ]),
    );
  }

  #maskKeys(model: OnnxModel, seed: readonly (string | number)[]): EngineValue {
    const keys = model.generatedMasks.flatMap(({ tensor }) => maskKeys(tensor.name, seed));
    return this.#gpu.engine.value('int32', [model.generatedMasks.length, KEYS_PER_MASK], Int32Array.from(keys));
  }

  async update({ learningRate, maxGradientNorm }: UpdateSettings): Promise<{ gradientNorm: number }> {
    if (this.#batches === 0) throw new Error('an update needs at least one batch');
    this.#batches = 0;
    this.updates++;
    const { beta1, beta2, epsilon, weightDecay } = this.#optimizer;

    const squares = new Float32Array(1);
    const gradients = this.#gradientValues(this.#current, ({ name }) => name);
    await this.#run(this.#squares, gradients, new Map([['squares', this.#gpu.engine.value('float32', [], squares)]]));
    const gradientNorm = Math.sqrt(squares[0]!);
    const secondCorrection = Math.sqrt(1 - beta2 ** this.updates);
    // Clipped as torch.nn.utils.clip_grad_norm_ has it.
    await this.#setScalar('gradientScale', Math.min(1, maxGradientNorm / (gradientNorm + 1e-6)));
    await this.#setScalar('step', (learningRate / (1 - beta1 ** this.updates)) * secondCorrection);
    await this.#setScalar('epsilon', epsilon * secondCorrection);
    const decays = new Set([...this.#gradients.keys()].map(({ name }) => weightDecay(name)));
    for (const decay of decays) await this.#setScalar(`decay ${decay}`, 1 - learningRate * decay);
    for (const [{ name }, gradient] of this.#current) await this.#stepOne(name, gradient, `decay ${weightDecay(name)}`);
    return { gradientNorm };
  }

  /** Writes the new numbers into spare buffers, which take the place of the old. */
  async #stepOne(name: string, gradient: GpuBuffer, decay: string): Promise<void> {
    const { size } = gradient;
    const flat = (buffer: GpuBuffer) => this.#gpu.value(buffer, [size]);
    const spares = this.#spares.get(size) ?? [];
    this.#spares.set(size, spares);
    // Those that are not in use: what is to be written, and once it is, what was there before.
    const free = new Map<ParameterPart, GpuBuffer>();
    try {
      for (const part of UPDATED) {
        free.set(part, spares.pop() ?? (await this.#gpu.exclusive(() => this.#gpu.allocate(size))));
      }
      const inputs = new Map<string, EngineValue>([['gradient', flat(gradient)]]);
      const outputs = new Map<string, EngineValue>();
      for (const scalar of STEP_SCALARS) {
        inputs.set(scalar, this.#gpu.value(this.#scalars.get(scalar === 'decay' ? decay : scalar)!, []));
      }
      for (const [part, buffer] of free) {
        inputs.set(part, flat(this.#parameters.buffer(name, part)));
        outputs.set(`next:${part}`, flat(buffer));
      }
      await this.#run(this.#step, inputs, outputs);
      for (const [part, buffer] of free) free.set(part, this.#parameters.replace(name, part, buffer));
    } finally {
      spares.push(...free.values());
    }
  }

  async #setScalar(name: StepScalar | `decay ${number}`, value: number): Promise<void> {
    let buffer = this.#scalars.get(name);
    if (!buffer) {
      buffer = await this.#gpu.exclusive(() => this.#gpu.allocate(1));
      this.#scalars.set(name, buffer);
    }
    await this.#gpu.upload(Float32Array.of(value), buffer);
  }

  async gradient(name: string): Promise<Float32Array> {
    const buffer = [...this.#current].find(([parameter]) => parameter.name === name)?.[1];
    return buffer ? this.#gpu.download(buffer) : new Float32Array(this.#parameters.buffer(name).size);
  }

  /** Ends the profiling asked for at creation. */
  endProfiling(): void {
    for (const session of this.#sessions) session.endProfiling();
  }

  async dispose(): Promise<void> {
    await this.#gpu.exclusive(() => {
      for (const session of this.#sessions) session.release();
      const buffers = [...this.#current.values(), ...(this.#other?.values() ?? []), ...this.#scalars.values()];
      for (const buffer of [...buffers, ...[...this.#spares.values()].flat()]) this.#gpu.free(buffer);
      this.#current = new Map();
      this.#other = undefined;
      this.#scalars.clear();
      this.#spares.clear();
    });
  }
}

/** Tables looked up by rows that are computed have no gradient here: which rows are equal is not known beforehand. */
function refusalOf(graph: Graph, { rows }: Gradients): Error | undefined {
  const fed = new Set(graph.inputs.filter(({ kind }) => kind === 'data').map(({ tensor }) => tensor));
  for (const [table, parts] of rows) {
    if (parts.some((part) => !fed.has(part.rows))) return new Error(`the rows of '${table.name}' must be a data input`);
  }
  return undefined;
}
