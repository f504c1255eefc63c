/**
 * What the kernels (kernels.wat) are to the rest of the runtime: memories, and calls that work on them. Threads run them over shared memory
 * (kernel-pool.ts); where memory cannot be shared, this thread does (local-kernels.ts).
 */

import { UserError } from '../../foundation/errors.ts';

/** Memory that kernels work on; made by `Kernels.createMemory`. */
export interface KernelMemory {
  readonly id: number;
  readonly memory: WebAssembly.Memory;
}

export interface KernelCall {
  readonly kernel: 'adamw' | 'sumOfSquares' | 'addRows' | 'fillMask';
  readonly memory: KernelMemory;
  /** Addresses (bytes from the memory's start) and numbers, as the kernel's parameters. */
  readonly parameters: readonly number[];
}

/** Results of calls; `undefined` for kernels without one. */
export type KernelResults = (number | undefined)[];

export interface Kernels {
  /** At least `bytes` of memory, these many of them zero. @throws UserError when it cannot be had. */
  createMemory(bytes: number): KernelMemory;
  /** Lets a memory go; it must not be in use. */
  releaseMemory(memory: KernelMemory): void;
  /** Runs calls; results in the order of the calls. */
  run(calls: readonly KernelCall[]): Promise<KernelResults>;
  close(): Promise<void>;
}

export const PAGE_BYTES = 65536;
/** What 32-bit addresses reach, less a page: the address after the last byte has to be a 32-bit number as well. */
const MAXIMUM_PAGES = 65535;

/** Memories are filled up to this size; what is larger, and in one piece, gets one of its own. */
export const MEMORY_BYTES = 2 ** 31;

/** Grows a memory to at least this size. @throws UserError when it cannot. */
export function ensureBytes({ memory }: KernelMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) orRefuse(bytes, () => memory.grow(Math.ceil(missing / PAGE_BYTES)));
}

/** Weights and dropout masks are what takes memory here: a training that is too large, which its user can make smaller. */
function orRefuse<T>(bytes: number, allocate: () => T): T {
  try {
    if (bytes > MAXIMUM_PAGES * PAGE_BYTES) throw new RangeError('more than 32-bit addresses reach');
    return allocate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${(bytes / 1e9).toFixed(1)} GB of memory in one piece cannot be had`, {
      remedy:
        'run fewer examples at once, by a smaller micro-batch or a smaller batch with more accumulation; ' +
        'or use gradient checkpointing, a smaller model or --workers 1',
      exitCode: 1,
      cause: error,
    });
  }
}

/**
 * Memories, made and let go. Those let go are kept for the next ones: the garbage collector does not see their size, and would let a dozen dead
 * models pile up before it frees one.
 */
export class MemoryReserve {
  readonly #shared: boolean;
  readonly #onNew: (memory: KernelMemory) => void;
  readonly #free: KernelMemory[] = [];
  #count = 0;

  /** @param onNew is told of each memory that was not there before. */
  constructor(shared: boolean, onNew: (memory: KernelMemory) => void) {
    this.#shared = shared;
    this.#onNew = onNew;
  }

  /** See `Kernels.createMemory`. */
  take(bytes: number): KernelMemory {
    const free = this.#takeFree(bytes);
    if (free) return free;
    const initial = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    const sizes = { initial, maximum: MAXIMUM_PAGES, shared: this.#shared };
    const memory = orRefuse(bytes, () => new WebAssembly.Memory(sizes));
    const entry = { id: this.#count++, memory };
    this.#onNew(entry);
    return entry;
  }

  release(memory: KernelMemory): void {
    this.#free.push(memory);
  }

  /** The smallest free memory that is large enough, or else the largest, grown. */
  #takeFree(bytes: number): KernelMemory | undefined {
    const sizeOf = ({ memory }: KernelMemory) => memory.buffer.byteLength;
    this.#free.sort((a, b) => sizeOf(a) - sizeOf(b));
    const entry = this.#free.find((candidate) => sizeOf(candidate) >= bytes) ?? this.#free.at(-1);
    if (!entry) return undefined;
    ensureBytes(entry, bytes);
    this.#free.splice(this.#free.indexOf(entry), 1);
    new Uint8Array(entry.memory.buffer, 0, bytes).fill(0);
    return entry;
  }
}
