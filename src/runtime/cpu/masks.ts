/**
 * Random 0/1 masks for dropout, in the kernels' memory.
 *
 * A mask's generators are seeded by the batch's seed and the mask's name, so that a mask is a function of these alone: the same on a
 * resumed run and with any number of threads.
 */
import { createHash } from 'node:crypto';
import type { Input } from '../../graph/graph.ts';
import { resolveShape } from '../../graph/tensor.ts';
import type { Bindings } from '../../graph/tensor.ts';
import { ensureBytes, PAGE_BYTES } from '../kernels/kernels.ts';
import type { KernelCall, KernelMemory, Kernels } from '../kernels/kernels.ts';

const STATE_BYTES = 64;

export interface Mask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Memory for the masks of one program; it grows to the largest batch. */
export class MaskMemory {
  readonly #kernels: Kernels;
  readonly #inputs: readonly Input[];
  readonly #memory: KernelMemory;

  constructor(kernels: Kernels, inputs: readonly Input[]) {
    this.#kernels = kernels;
    this.#inputs = inputs.filter((input) => input.kind === 'mask');
    this.#memory = kernels.createMemory(PAGE_BYTES);
  }

  /** Fills all masks for these sizes. The views are valid until the next call. */
  async fill(bindings: Bindings, seed: readonly (string | number)[]): Promise<Mask[]> {
    if (this.#inputs.length === 0) return [];
    const plans: { input: Input; shape: number[]; size: number; state: number; start: number; padded: number }[] = [];
    let offset = 0;
    for (const input of this.#inputs) {
      const shape = resolveShape(input.tensor.shape, bindings);
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      const padded = Math.ceil(size / 16) * 16;
      plans.push({ input, shape, size, state: offset, start: offset + STATE_BYTES, padded });
      offset += STATE_BYTES + padded;
    }
    ensureBytes(this.#memory, offset);
    const { memory } = this.#memory;
    const bytes = new Uint8Array(memory.buffer);
    const calls = plans.map(({ input, state, start, padded }): KernelCall => {
      bytes.set(
        createHash('sha512')
          .update(JSON.stringify([...seed, input.tensor.name]))
          .digest(),
        state,
      );
      // 16 bits hold no 65536: a probability that rounds to 1 drops one element in 65536.
      const threshold = Math.min(65535, Math.round((input.keepProbability ?? 1) * 65536));
      return { kernel: 'fillMask', memory: this.#memory, parameters: [start, padded, state, threshold] };
    });
    await this.#kernels.run(calls);
    return plans.map(({ input, shape, size, start }) => ({
      name: input.tensor.name,
      shape,
      data: new Uint8Array(memory.buffer, start, size),
    }));
  }

  release(): void {
    this.#kernels.releaseMemory(this.#memory);
  }
}
