/** The processor as a device: ONNX Runtime's CPU provider, with weights in shared memory. */
import { availableParallelism, cpus } from 'node:os';
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
import { KernelPool } from '../kernels/kernel-pool.ts';
import { loadOnnxRuntime } from '../onnxruntime/library.ts';
import type { OnnxRuntime } from '../onnxruntime/library.ts';
import { CpuParameters } from './cpu-parameters.ts';
import { CpuProgram } from './cpu-program.ts';
import { CpuTrainingProgram } from './cpu-training-program.ts';

export interface CpuDeviceOptions {
  /** Threads for the work; as many as the machine offers this process unless stated. */
  threads?: number;
  /** Writes a trace of every node's time in training programs to files of this prefix. */
  profilePrefix?: string;
}

export class CpuDevice implements Device {
  readonly name = 'cpu';
  readonly description: string;
  readonly threads: number;
  readonly #runtime: OnnxRuntime;
  readonly #pool: KernelPool;
  readonly #profilePrefix: string | undefined;

  /** @throws UserError when ONNX Runtime does not load. */
  constructor(options: CpuDeviceOptions = {}) {
    this.threads = options.threads ?? availableParallelism();
    this.#profilePrefix = options.profilePrefix;
    this.#runtime = loadOnnxRuntime();
    this.#pool = new KernelPool(this.threads);
    const model = cpus()[0]?.model.trim() ?? 'unknown processor';
    this.description = `${model}, ${this.threads} threads, ONNX Runtime ${this.#runtime.version}`;
  }

  createParameters(
    specifications: readonly ParameterSpecification[],
    options: { trainable: Trainable },
  ): Promise<Parameters> {
    return Promise.resolve(new CpuParameters(this.#pool, specifications, options.trainable));
  }

  createProgram(graph: Graph, parameters: Parameters, options: ProgramOptions = {}): Promise<Program> {
    return Promise.resolve(new CpuProgram(this.#runtime, graph, own(parameters), this.threads, options));
  }

  createTrainingProgram(
    graph: Graph,
    loss: Tensor,
    parameters: Parameters,
    optimizer: AdamWSettings,
  ): Promise<TrainingProgram> {
    const options = { threads: this.threads, ...(this.#profilePrefix && { profilePrefix: this.#profilePrefix }) };
    return Promise.resolve(
      new CpuTrainingProgram(this.#runtime, this.#pool, graph, loss, own(parameters), optimizer, options),
    );
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

function own(parameters: Parameters): CpuParameters {
  if (parameters instanceof CpuParameters) return parameters;
  throw new Error('these parameters belong to another device');
}
