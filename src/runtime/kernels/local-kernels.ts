/**
 * The kernels in this thread, over ordinary memory: for what cannot read shared memory, as npm's stock binding of ONNX Runtime.
 *
 * A memory that grows moves: views of it must be made anew.
 */
import { UNSHARED_KERNELS_BASE64 } from './kernels.generated.ts';
import { MemoryReserve } from './kernels.ts';
import type { KernelCall, KernelMemory, KernelResults, Kernels } from './kernels.ts';

type Instance = Record<KernelCall['kernel'], (...parameters: readonly number[]) => number | undefined>;

export class LocalKernels implements Kernels {
  readonly #module = new WebAssembly.Module(Buffer.from(UNSHARED_KERNELS_BASE64, 'base64'));
  readonly #instances = new Map<number, Instance>();
  readonly #memories = new MemoryReserve(false, ({ id, memory }) => {
    const { exports } = new WebAssembly.Instance(this.#module, { host: { memory } });
    this.#instances.set(id, exports as Instance);
  });

  createMemory(bytes: number): KernelMemory {
    return this.#memories.take(bytes);
  }

  releaseMemory(memory: KernelMemory): void {
    this.#memories.release(memory);
  }

  run(calls: readonly KernelCall[]): Promise<KernelResults> {
    return Promise.resolve(
      calls.map(({ kernel, memory, parameters }) => this.#instances.get(memory.id)![kernel](...parameters)),
    );
  }

  close(): Promise<void> {
    this.#instances.clear();
    return Promise.resolve();
  }
}
