/**
 * Weights in the kernels' memory: read and written in place by ONNX Runtime, updated by the kernels.
 *
 * A trained parameter takes four equal stretches (weight, gradient, first and second moment) in one memory, another one. A memory ends at 4 GB, so a large
 * model has several; a parameter is never cut in two.
 */
import { elementCount } from '../../graph/tensor.ts';
import { ensureBytes, MEMORY_BYTES } from '../kernels/kernels.ts';
import type { KernelMemory, Kernels } from '../kernels/kernels.ts';
import type { ParameterPart, Parameters, ParameterSpecification, Trainable } from '../device.ts';

/** Kernels work on multiples of 16 numbers; the padding stays zero. */
const PADDING = 16;

type Stretch = ParameterPart | 'gradient';
const STRETCHES: readonly Stretch[] = ['weight', 'gradient', 'firstMoment', 'secondMoment'];

interface Place {
  readonly specification: ParameterSpecification;
  readonly memory: KernelMemory;
  /** Byte offset of the first stretch; the others follow, `paddedSize` numbers apart. */
  readonly offset: number;
  readonly size: number;
  readonly paddedSize: number;
  readonly isTrained: boolean;
}

export class CpuParameters implements Parameters {
  readonly specifications: readonly ParameterSpecification[];
  readonly trained: readonly ParameterSpecification[];
  readonly #places = new Map<string, Place>();
  readonly kernels: Kernels;
  /** Memories, with the byte offset where the parameters end. */
  readonly #memories = new Map<KernelMemory, number>();

  /**
   * @param memoryBytes the size that memories are filled up to.
   * @throws UserError when memory runs out; none of it is then kept.
   */
  constructor(
    kernels: Kernels,
    specifications: readonly ParameterSpecification[],
    trainable: Trainable,
    memoryBytes = MEMORY_BYTES,
  ) {
    this.specifications = specifications;
    const isTrained = typeof trainable === 'function' ? trainable : () => trainable;
    this.trained = specifications.filter(({ name }) => isTrained(name));
    this.kernels = kernels;
    const trained = new Set(this.trained);
    let batch: Omit<Place, 'memory'>[] = [];
    let bytes = 0;
    const close = () => {
      if (batch.length === 0) return;
      const memory = kernels.createMemory(bytes);
      this.#memories.set(memory, bytes);
      for (const place of batch) this.#places.set(place.specification.name, { ...place, memory });
      batch = [];
      bytes = 0;
    };
    try {
      for (const specification of specifications) {
        const size = elementCount(specification.shape);
        const paddedSize = Math.ceil(size / PADDING) * PADDING;
        const needed = paddedSize * 4 * (trained.has(specification) ? STRETCHES.length : 1);
        if (bytes + needed > memoryBytes) close();
        batch.push({ specification, offset: bytes, size, paddedSize, isTrained: trained.has(specification) });
        bytes += needed;
      }
      close();
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** A view of a stretch; it is the memory itself. */
  view(name: string, stretch: Stretch): Float32Array {
    const place = this.place(name);
    return new Float32Array(place.memory.memory.buffer, this.address(name, stretch), place.size);
  }

  /** A stretch's byte offset in the parameter's memory. */
  address(name: string, stretch: Stretch): number {
    const place = this.place(name);
    const index = STRETCHES.indexOf(stretch);
    if (index > 0 && !place.isTrained) throw new Error(`'${name}' has no ${stretch}: it is not trained`);
    return place.offset + index * place.paddedSize * 4;
  }

  place(name: string): Place {
    const place = this.#places.get(name);
    if (!place) throw new Error(`there is no parameter '${name}'`);
    return place;
  }

  /**
   * At least `bytes` of room behind the parameters in one's memory, for a kernel's other operands; good until the next call.
   * @returns its byte offset.
   * @throws UserError when the memory cannot grow.
   */
  stage(name: string, bytes: number): number {
    const { memory } = this.place(name);
    const start = this.#memories.get(memory)!;
    ensureBytes(memory, start + bytes);
    return start;
  }

  read(name: string, part: ParameterPart = 'weight'): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.view(name, part)));
  }

  write(name: string, values: Float32Array, part: ParameterPart = 'weight'): Promise<void> {
    const target = this.view(name, part);
    if (values.length !== target.length)
      throw new Error(`'${name}' has ${target.length} numbers, not ${values.length}`);
    target.set(values);
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  #release(): void {
    for (const memory of this.#memories.keys()) this.kernels.releaseMemory(memory);
    this.#memories.clear();
    this.#places.clear();
  }
}
