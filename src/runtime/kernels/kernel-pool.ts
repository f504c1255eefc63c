/**
 * Threads that run the kernels (kernels.wat) over shared memory.
 *
 * Every thread has each memory and an instance of the kernels on it. Work is a list of calls; results come back in the order of the list,
 * whichever thread ran a call, so that nothing depends on the number of threads.
 *
 * Memories that are let go are kept for the next ones. The garbage collector does not see their size, and would let a dozen dead models pile up
 * before it frees one.
 */
import { Worker } from 'node:worker_threads';
import { KERNELS_BASE64 } from './kernels.generated.ts';

/** Shared memory that kernels work on; made by `KernelPool.createMemory`. */
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

export const PAGE_BYTES = 65536;
/** What 32-bit addresses reach, less a page: the address after the last byte has to be a 32-bit number as well. */
const MAXIMUM_PAGES = 65535;

// A string, and not a file of its own: it then runs the same from TypeScript sources, from the built package and from a bundle.
const WORKER_SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const instances = new Map();
parentPort.on('message', ({ memories, calls }) => {
  for (const { id, memory } of memories) {
    instances.set(id, new WebAssembly.Instance(workerData, { host: { memory } }).exports);
  }
  try {
    parentPort.postMessage({ results: calls.map(({ kernel, memory, parameters }) => instances.get(memory)[kernel](...parameters)) });
  } catch (error) {
    parentPort.postMessage({ error });
  }
});`;

type Results = (number | undefined)[];
/** What a thread answers to a part of the work. */
type Reply = { results: Results } | { error: Error };

interface Waiting {
  resolve: (results: Results) => void;
  reject: (error: Error) => void;
}

export class KernelPool {
  readonly #workers: Worker[];
  /** The memories that each thread must be told of before its next call. */
  readonly #news: KernelMemory[][];
  /** Memories let go. */
  readonly #free: KernelMemory[] = [];
  /** Who waits for each thread's replies, in the order of the work: several `run`s may be under way at once. */
  readonly #waiting: Waiting[][];
  #memoryCount = 0;

  constructor(threads: number) {
    const module = new WebAssembly.Module(Buffer.from(KERNELS_BASE64, 'base64'));
    this.#waiting = Array.from({ length: threads }, () => []);
    this.#news = Array.from({ length: threads }, () => []);
    this.#workers = this.#waiting.map((waiting) => startWorker(module, waiting));
  }

  /** At least `bytes` of memory, these many of them zero. @throws RangeError when it cannot be had. */
  createMemory(bytes: number): KernelMemory {
    const free = this.#takeFree(bytes);
    if (free) return free;
    const initial = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    const memory = new WebAssembly.Memory({ initial, maximum: MAXIMUM_PAGES, shared: true });
    const entry = { id: this.#memoryCount++, memory };
    for (const news of this.#news) news.push(entry);
    return entry;
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

  /** Lets a memory go; it must not be in use. */
  releaseMemory(memory: KernelMemory): void {
    this.#free.push(memory);
  }

  /** Runs calls on all threads; results in the order of the calls (`undefined` for kernels without one). */
  async run(calls: readonly KernelCall[]): Promise<Results> {
    const results: Results = new Array<number | undefined>(calls.length);
    // A few parts per thread, dealt out as threads become free: calls differ in length.
    const size = Math.max(1, Math.ceil(calls.length / (this.#workers.length * 4)));
    let next = 0;
    await Promise.all(
      this.#workers.map(async (_, index) => {
        for (;;) {
          const start = next;
          if (start >= calls.length) return;
          next += size;
          const part = await this.#send(index, calls.slice(start, start + size));
          part.forEach((result, offset) => (results[start + offset] = result));
        }
      }),
    );
    return results;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #send(index: number, calls: readonly KernelCall[]): Promise<Results> {
    const worker = this.#workers[index]!;
    const message = {
      memories: this.#news[index]!.splice(0),
      calls: calls.map(({ kernel, memory, parameters }) => ({ kernel, memory: memory.id, parameters })),
    };
    return new Promise((resolve, reject) => {
      this.#waiting[index]!.push({ resolve, reject });
      worker.ref();
      worker.postMessage(message);
    });
  }
}

/** Grows a memory to at least this size; its address stays. @throws RangeError when it cannot. */
export function ensureBytes({ memory }: KernelMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}

/** A thread that settles the promises of `waiting` in order; it keeps the process alive only while there are any. */
function startWorker(module: WebAssembly.Module, waiting: Waiting[]): Worker {
  const worker = new Worker(WORKER_SOURCE, { eval: true, workerData: module });
  worker.unref();
  worker.on('message', (reply: Reply) => {
    const first = waiting.shift();
    if (waiting.length === 0) worker.unref();
    if ('error' in reply) first?.reject(reply.error);
    else first?.resolve(reply.results);
  });
  worker.on('error', (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  return worker;
}
