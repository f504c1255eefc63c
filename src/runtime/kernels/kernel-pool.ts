/**
 * Threads that run the kernels (kernels.wat) over shared memory.
 *
 * Every thread has each memory and an instance of the kernels on it. Work is a list of calls; results come back in the order of the list,
 * whichever thread ran a call, so that nothing depends on the number of threads.
 */
import { Worker } from 'node:worker_threads';
import { KERNELS_BASE64 } from './kernels.generated.ts';
import { MemoryReserve } from './kernels.ts';
import type { KernelCall, KernelMemory, KernelResults, Kernels } from './kernels.ts';

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

/** What a thread answers to a part of the work. */
type Reply = { results: KernelResults } | { error: Error };

interface Waiting {
  resolve: (results: KernelResults) => void;
  reject: (error: Error) => void;
}

export class KernelPool implements Kernels {
  readonly #workers: Worker[];
  /** The memories that each thread must be told of before its next call. */
  readonly #news: KernelMemory[][];
  readonly #memories = new MemoryReserve(true, (memory) => {
    for (const news of this.#news) news.push(memory);
  });
  /** Who waits for each thread's replies, in the order of the work: several `run`s may be under way at once. */
  readonly #waiting: Waiting[][];

  constructor(threads: number) {
    const module = new WebAssembly.Module(Buffer.from(KERNELS_BASE64, 'base64'));
    this.#waiting = Array.from({ length: threads }, () => []);
    this.#news = Array.from({ length: threads }, () => []);
    this.#workers = this.#waiting.map((waiting) => startWorker(module, waiting));
  }

  createMemory(bytes: number): KernelMemory {
    return this.#memories.take(bytes);
  }

  releaseMemory(memory: KernelMemory): void {
    this.#memories.release(memory);
  }

  /** Runs calls on all threads. */
  async run(calls: readonly KernelCall[]): Promise<KernelResults> {
    const results: KernelResults = new Array<number | undefined>(calls.length);
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

  #send(index: number, calls: readonly KernelCall[]): Promise<KernelResults> {
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
