/** What devices on the processor have in common; they differ in their way to ONNX Runtime and to the kernels. */
import type { Graph, Tensor } from '../../graph/graph.ts';
import type {
  AdamWSettings,
  Device,
  Parameters,
  ParameterSpecification,
  Program,
  ProgramOptions,
  Trainable,
  TrainingProgram,
} from '../device.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Engine } from '../onnxruntime/engine.ts';
import { processorName } from '../processor.ts';
import { CpuParameters } from './cpu-parameters.ts';
import { CpuProgram } from './cpu-program.ts';
import { CpuTrainingProgram } from './cpu-training-program.ts';

export abstract class ProcessorDevice implements Device {
  abstract readonly name: string;
  readonly description: string;
  // Processors compute halves by way of float32, which would be slower.
  readonly precision = 'float32';
  readonly memory = null;
  readonly threads: number;
  readonly #engine: Engine;
  readonly #kernels: Kernels;
  readonly #profilePrefix: string | undefined;
  readonly #memoryBytes: number | undefined;

  /**
   * @param profilePrefix files for a trace of every node's time in training programs.
   * @param memoryBytes the size that memories for weights are filled up to; two gigabytes unless given.
   */
  constructor(engine: Engine, kernels: Kernels, threads: number, profilePrefix?: string, memoryBytes?: number) {
    this.#engine = engine;
    this.#kernels = kernels;
    this.#profilePrefix = profilePrefix;
    this.#memoryBytes = memoryBytes;
    this.threads = threads;
    this.description = `${processorName()}, ${threads === 1 ? '1 thread' : `${threads} threads`}, ONNX Runtime ${engine.version}`;
  }

  createParameters(
    specifications: readonly ParameterSpecification[],
    options: { trainable: Trainable },
  ): Promise<Parameters> {
    return Promise.resolve(new CpuParameters(this.#kernels, specifications, options.trainable, this.#memoryBytes));
  }

  async createProgram(graph: Graph, parameters: Parameters, options: ProgramOptions = {}): Promise<Program> {
    const program = new CpuProgram(this.#engine, graph, this.#own(parameters), this.threads, options);
    await program.ready;
    return program;
  }

  async createTrainingProgram(
    graph: Graph,
    loss: Tensor,
    parameters: Parameters,
    optimizer: AdamWSettings,
  ): Promise<TrainingProgram> {
    const own = this.#own(parameters);
    const options = { threads: this.threads, ...(this.#profilePrefix && { profilePrefix: this.#profilePrefix }) };
    const program = new CpuTrainingProgram(this.#engine, this.#kernels, graph, loss, own, optimizer, options);
    await program.ready;
    return program;
  }

  #own(parameters: Parameters): CpuParameters {
    if (parameters instanceof CpuParameters && parameters.kernels === this.#kernels) return parameters;
    throw new Error('these parameters belong to another device');
  }

  close(): Promise<void> {
    return this.#kernels.close();
  }
}
