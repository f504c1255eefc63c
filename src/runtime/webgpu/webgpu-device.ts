/** A GPU as a device, through WebGPU: no driver toolkit beyond the graphics driver, on any maker's hardware. */
import type { Precision } from '../../graph/onnx/precision.ts';
import type { Graph, Tensor } from '../../graph/graph.ts';
import type {
  AdamWSettings,
  Device,
  Parameters,
  ParameterSpecification,
  Program,
  Trainable,
  TrainingProgram,
} from '../device.ts';
import { openGpu } from './gpu.ts';
import type { Gpu } from './gpu.ts';
import { describeGpu } from './probe.ts';
import type { FoundGpu } from './probe.ts';
import { WebGpuParameters } from './webgpu-parameters.ts';
import { WebGpuProgram } from './webgpu-program.ts';
import { WebGpuTrainingProgram } from './webgpu-training-program.ts';

export interface WebGpuDeviceOptions {
  /** What is known of the GPU, for people. */
  found?: FoundGpu;
  /** In which weights that are not trained are held and used; float32 unless given. */
  precision?: Precision;
  /** Writes a trace of every node to files of this prefix. */
  profilePrefix?: string;
}

export class WebGpuDevice implements Device {
  readonly name = 'webgpu';
  readonly description: string;
  readonly precision: Precision;
  readonly memory: number | null;
  readonly gpu: FoundGpu | undefined;
  readonly #gpu: Gpu;
  readonly #profilePrefix: string | undefined;

  /** @throws Error when ONNX Runtime finds no GPU. The library may end the process instead: ask `probeGpu` before. */
  constructor({ found, precision = 'float32', profilePrefix }: WebGpuDeviceOptions = {}) {
    this.precision = precision;
    this.gpu = found;
    this.memory = found && !found.isSoftware ? found.memory : null;
    this.#gpu = openGpu();
    this.#profilePrefix = profilePrefix;
    this.description = `${found ? describeGpu(found) : 'a GPU'}, WebGPU, ONNX Runtime ${this.#gpu.engine.version}`;
  }

  createParameters(
    specifications: readonly ParameterSpecification[],
    options: { trainable: Trainable },
  ): Promise<Parameters> {
    return WebGpuParameters.create(this.#gpu, specifications, options.trainable, this.precision);
  }

  createProgram(graph: Graph, parameters: Parameters): Promise<Program> {
    return WebGpuProgram.create(this.#gpu, graph, this.#own(parameters), this.#profilePrefix);
  }

  createTrainingProgram(
    graph: Graph,
    loss: Tensor,
    parameters: Parameters,
    optimizer: AdamWSettings,
  ): Promise<TrainingProgram> {
    const own = this.#own(parameters);
    return WebGpuTrainingProgram.create(this.#gpu, graph, loss, own, optimizer, this.#profilePrefix);
  }

  #own(parameters: Parameters): WebGpuParameters {
    if (parameters instanceof WebGpuParameters && parameters.gpu === this.#gpu) return parameters;
    throw new Error('these parameters belong to another device');
  }

  /**
   * Its memory was given back with the parameters and states in it; the GPU itself stays open for the process. What it still computes is waited for: a process that ends
   * meanwhile is ended by the driver. A GPU that does not answer any more has said so before.
   */
  async close(): Promise<void> {
    await this.#gpu.settle().catch(() => undefined);
  }
}
