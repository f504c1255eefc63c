/**
 * Random 0/1 masks for dropout, in the kernels' memory: in several memories where one does not hold all of them.
 *
 * A mask's generators are seeded by the batch's seed and the mask's name, so that a mask is a function of these alone: the same on a
 * resumed run and with any number of threads. Where a batch is run in parts, a part's mask is cut out of the whole batch's.
 */
import { createHash } from 'node:crypto';
import type { Input } from '../../graph/graph.ts';
import { elementCount, factorsOf, resolveShape } from '../../graph/tensor.ts';
import type { Bindings, Shape } from '../../graph/tensor.ts';
import type { BatchPart } from '../device.ts';
import { ensureBytes, MEMORY_BYTES, PAGE_BYTES } from '../kernels/kernels.ts';
import type { KernelCall, KernelMemory, Kernels } from '../kernels/kernels.ts';

const STATE_BYTES = 64;

export interface Mask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Where a mask lies. */
interface Place {
  readonly memory: KernelMemory;
  /** Where the mask begins; the generators' state stands before it. */
  readonly start: number;
  /** Bytes that the kernel fills. */
  readonly padded: number;
}

interface MaskPlan {
  readonly input: Input;
  readonly shape: readonly number[];
  readonly place: Place;
}

const paddedSize = (shape: readonly number[]): number => Math.ceil(elementCount(shape) / 16) * 16;

/** Memory for the masks of one program; it grows to the largest batch. */
export class MaskMemory {
  readonly #kernels: Kernels;
  readonly #inputs: readonly Input[];
  readonly #memoryBytes: number;
  readonly #memories: KernelMemory[] = [];
  /** For the whole batch's mask, while a part is cut out of it. */
  #scratch: KernelMemory | undefined;

  /** @param memoryBytes the size that memories are filled up to. */
  constructor(kernels: Kernels, inputs: readonly Input[], memoryBytes = MEMORY_BYTES) {
    this.#kernels = kernels;
    this.#inputs = inputs.filter((input) => input.kind === 'mask');
    this.#memoryBytes = memoryBytes;
  }

  /**
   * Fills all masks for these sizes. The views are valid until the next call.
   * @throws UserError when there is no memory for them.
   */
  async fill(bindings: Bindings, seed: readonly (string | number)[], part?: BatchPart): Promise<Mask[]> {
    const plans = this.#plan(bindings);
    if (part) await this.#fillParts(plans, bindings, seed, part);
    else await this.#kernels.run(plans.map(({ input, place }) => this.#fillCall(input, place, seed)));
    return plans.map(({ input, shape, place }) => ({
      name: input.tensor.name,
      shape,
      data: new Uint8Array(place.memory.memory.buffer, place.start, elementCount(shape)),
    }));
  }

  /** Gives every mask its place, and makes room for it. */
  #plan(bindings: Bindings): MaskPlan[] {
    let number = 0;
    let end = 0;
    return this.#inputs.map((input): MaskPlan => {
      const shape = resolveShape(input.tensor.shape, bindings);
      const padded = paddedSize(shape);
      if (end > 0 && end + STATE_BYTES + padded > this.#memoryBytes) {
        number++;
        end = 0;
      }
      const start = end + STATE_BYTES;
      end = start + padded;
      const memory = (this.#memories[number] ??= this.#kernels.createMemory(PAGE_BYTES));
      ensureBytes(memory, end);
      return { input, shape, place: { memory, start, padded } };
    });
  }

  /** One mask after another: the whole batch's would take as much memory as a part is meant to save. */
  async #fillParts(
    plans: readonly MaskPlan[],
    bindings: Bindings,
    seed: readonly (string | number)[],
    part: BatchPart,
  ): Promise<void> {
    for (const { input, shape, place } of plans) {
      const whole = resolveShape(input.tensor.shape, part.whole);
      const scratch = (this.#scratch ??= this.#kernels.createMemory(PAGE_BYTES));
      const padded = paddedSize(whole);
      ensureBytes(scratch, STATE_BYTES + padded);
      await this.#kernels.run([this.#fillCall(input, { memory: scratch, start: STATE_BYTES, padded }, seed)]);
      const source = new Uint8Array(scratch.memory.buffer, STATE_BYTES, elementCount(whole));
      const target = new Uint8Array(place.memory.memory.buffer, place.start, elementCount(shape));
      copyPart(source, target, axesOf(input.tensor.shape, bindings, part));
    }
  }

  /** Writes the generators' state before the mask, and returns the call that fills it. */
  #fillCall(input: Input, { memory, start, padded }: Place, seed: readonly (string | number)[]): KernelCall {
    const state = start - STATE_BYTES;
    new Uint8Array(memory.memory.buffer).set(
      createHash('sha512')
        .update(JSON.stringify([...seed, input.tensor.name]))
        .digest(),
      state,
    );
    // 16 bits hold no 65536: a probability that rounds to 1 drops one element in 65536.
    const threshold = Math.min(65535, Math.round((input.keepProbability ?? 1) * 65536));
    return { kernel: 'fillMask', memory, parameters: [start, padded, state, threshold] };
  }

  /** May be called more than once: a memory let go twice would be given to two at once. */
  release(): void {
    for (const memory of [...this.#memories.splice(0), this.#scratch]) if (memory) this.#kernels.releaseMemory(memory);
    this.#scratch = undefined;
  }
}

/** An axis of a mask, of which a stretch is wanted. */
interface Axis {
  readonly whole: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * The axes of a shape, a product taken apart. Rows are sequence-first: the batch is the inner axis of `batch*sequence`, and of `2*batch`, two positions of
 * each example.
 */
function axesOf(shape: Shape, bindings: Bindings, { whole, offsets }: BatchPart): Axis[] {
  return shape.flatMap((dimension): Axis[] => {
    const { number, symbols } = factorsOf(dimension);
    const fixed = number === 1 && symbols.length > 0 ? [] : [{ whole: number, offset: 0, size: number }];
    const free = symbols.map((symbol) => {
      const [all, size] = [whole[symbol], bindings[symbol]];
      if (all === undefined || size === undefined) throw new Error(`the whole batch has no '${symbol}'`);
      return { whole: all, offset: offsets[symbol] ?? 0, size };
    });
    return [...fixed, ...free.reverse()];
  });
}

/** Copies a stretch of every axis, in the order of the elements. */
function copyPart(source: Uint8Array, target: Uint8Array, axes: readonly Axis[]): void {
  // From the innermost axes taken whole outwards, elements lie together.
  let inner = axes.length;
  let run = 1;
  while (inner > 0 && axes[inner - 1]!.size === axes[inner - 1]!.whole) run *= axes[--inner]!.size;
  let to = 0;
  const copy = (depth: number, from: number, stride: number): void => {
    if (depth === inner) {
      target.set(source.subarray(from, from + run), to);
      to += run;
      return;
    }
    const { whole, offset, size } = axes[depth]!;
    const step = stride / whole;
    if (depth === inner - 1) {
      target.set(source.subarray(from + offset * step, from + (offset + size) * step), to);
      to += size * step;
      return;
    }
    for (let index = offset; index < offset + size; index++) copy(depth + 1, from + index * step, step);
  };
  copy(0, 0, source.length);
}
