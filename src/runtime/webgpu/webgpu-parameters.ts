/**
 * Weights in the GPU's memory, with gradients and moments for those that are trained.
 *
 * A kernel cannot write over what it reads, so that an update writes the new numbers into a spare buffer, which changes places with the old one: a
 * parameter keeps its name and not its place.
 */
import type { Precision } from '../../graph/onnx/precision.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { ParameterPart, Parameters, ParameterSpecification, Trainable } from '../device.ts';
import type { EngineValue } from '../onnxruntime/engine.ts';
import type { Gpu, GpuBuffer } from './gpu.ts';

export class WebGpuParameters implements Parameters {
  readonly specifications: readonly ParameterSpecification[];
  readonly trained: readonly ParameterSpecification[];
  readonly gpu: Gpu;
  /** Of the weights. Those that are trained are float32, always. */
  readonly precision: Precision;
  readonly #buffers = new Map<string, Map<ParameterPart, GpuBuffer>>();
  readonly #shapes = new Map<string, readonly number[]>();

  private constructor(
    gpu: Gpu,
    specifications: readonly ParameterSpecification[],
    trainable: Trainable,
    precision: Precision,
  ) {
    this.gpu = gpu;
    this.precision = trainable === false ? precision : 'float32';
    this.specifications = specifications;
    const isTrained = typeof trainable === 'function' ? trainable : () => trainable;
    this.trained = specifications.filter(({ name }) => isTrained(name));
  }

  /**
   * Moments start at zero; weights are anything until they are written. Where the GPU does not hold them all, it keeps none.
   * @param precision of weights of which none is trained.
   */
  static async create(
    gpu: Gpu,
    specifications: readonly ParameterSpecification[],
    trainable: Trainable,
    precision: Precision = 'float32',
  ): Promise<WebGpuParameters> {
    const parameters = new WebGpuParameters(gpu, specifications, trainable, precision);
    const trained = new Set(parameters.trained);
    try {
      for (const specification of specifications) await parameters.#add(specification, trained.has(specification));
    } catch (error) {
      await parameters.dispose();
      throw error;
    }
    return parameters;
  }

  async #add({ name, shape }: ParameterSpecification, isTrained: boolean): Promise<void> {
    const size = elementCount(shape);
    const parts: ParameterPart[] = isTrained ? ['weight', 'firstMoment', 'secondMoment'] : ['weight'];
    const buffers = await this.gpu.allocateAll(
      parts.map(() => size),
      this.precision,
    );
    this.#buffers.set(name, new Map(parts.map((part, index) => [part, buffers[index]!])));
    this.#shapes.set(name, shape);
    for (const moment of buffers.slice(1)) await this.gpu.clear(moment);
  }

  shape(name: string): readonly number[] {
    const shape = this.#shapes.get(name);
    if (!shape) throw new Error(`there is no parameter '${name}'`);
    return shape;
  }

  buffer(name: string, part: ParameterPart = 'weight'): GpuBuffer {
    this.shape(name);
    const buffer = this.#buffers.get(name)!.get(part);
    if (!buffer) throw new Error(`'${name}' has no ${part}: it is not trained`);
    return buffer;
  }

  /** Weights as inputs of a model, by name. */
  values(names: readonly string[]): Map<string, EngineValue> {
    return new Map(names.map((name) => [name, this.gpu.value(this.buffer(name), this.shape(name))]));
  }

  /** Puts another buffer in the place of a parameter's. @returns the one that was there. */
  replace(name: string, part: ParameterPart, buffer: GpuBuffer): GpuBuffer {
    const old = this.buffer(name, part);
    this.#buffers.get(name)!.set(part, buffer);
    return old;
  }

  async read(name: string, part: ParameterPart = 'weight'): Promise<Float32Array> {
    return this.gpu.download(this.buffer(name, part));
  }

  async write(name: string, values: Float32Array, part: ParameterPart = 'weight'): Promise<void> {
    const buffer = this.buffer(name, part);
    if (values.length !== buffer.size) throw new Error(`'${name}' has ${buffer.size} numbers, not ${values.length}`);
    await this.gpu.upload(values, buffer);
  }

  async dispose(): Promise<void> {
    await this.gpu.exclusive(() => {
      for (const buffers of this.#buffers.values()) for (const buffer of buffers.values()) this.gpu.free(buffer);
      this.#buffers.clear();
      this.#shapes.clear();
    });
  }
}
