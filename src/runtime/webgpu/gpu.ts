/**
 * The GPU as ONNX Runtime's WebGPU provider gives it: one for the process, its memory, and copies to and fro.
 *
 * All sessions share one queue of commands that is not safe to use from several threads, so that whatever touches the GPU goes through `exclusive`, one
 * after the other. A small session lives as long as the process: with the last one the library would let go of the GPU, and of all memory on it.
 */
import { messageOf, UserError } from '../../foundation/errors.ts';
import { beforeLeaving } from '../../foundation/leaving.ts';
import { Graph } from '../../graph/graph.ts';
import { WEBGPU_LOWERING } from '../../graph/onnx/webgpu-lowering.ts';
import { writeOnnx } from '../../graph/onnx/write.ts';
import { Composition } from '../../graph/onnx/compose.ts';
import { ONNX_TYPES } from '../../graph/onnx/emitter.ts';
import type { Precision } from '../../graph/onnx/precision.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { SessionOptions } from '../onnxruntime/engine.ts';
import { loadOnnxRuntime } from '../onnxruntime/library.ts';
import type { OnnxRuntime, Pointer } from '../onnxruntime/library.ts';
import { NativeEngine, TensorValue } from '../onnxruntime/session.ts';
import type { Session } from '../onnxruntime/session.ts';

/** Room on the GPU for `size` numbers. */
export interface GpuBuffer {
  readonly handle: Pointer;
  readonly size: number;
  readonly precision: Precision;
}

type GpuSessionOptions = Omit<SessionOptions, 'threads' | 'provider'>;

const BYTES: Readonly<Record<Precision, number>> = { float32: 4, float16: 2 };

const MEMORY_NAME = 'WebGPU_Buf';
const DEVICE_ALLOCATOR = 0;
/** The smallest size that the library hands out; shaders read whole vectors of four. */
const SMALLEST_BYTES = 16;

export class Gpu {
  readonly engine: NativeEngine;
  readonly #runtime: OnnxRuntime;
  readonly #info: Pointer;
  readonly #allocator: Pointer;
  /** Copies to and fro; those to and from halves are made when they are first needed. */
  readonly #copying: Session;
  readonly #converting = new Map<string, Session>();
  #last: Promise<unknown> = Promise.resolve();

  /** @throws Error when ONNX Runtime finds no GPU. The library may end the process instead: ask `probeGpu` before. */
  constructor() {
    this.#runtime = loadOnnxRuntime();
    this.engine = new NativeEngine(this.#runtime);
    // What it throws is read by `probeGpu`.
    this.#copying = this.#session(copyingModel());
    this.#info = this.#runtime.make('CreateMemoryInfo', MEMORY_NAME, DEVICE_ALLOCATOR, 0, 0);
    this.#allocator = this.#runtime.make('CreateAllocator', this.#copying.pointer, this.#info);
  }

  /**
   * Does work that touches the GPU when all that was asked for earlier is done.
   * @throws UserError when the GPU's memory does not hold it, or the GPU complains of anything else; Error when the work is wrong.
   */
  exclusive<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      this.#runtime.takeComplaints();
      let value: T;
      try {
        value = await work();
      } catch (error) {
        throw explainGpuError(error, this.#runtime.takeComplaints());
      }
      const [complaint] = this.#runtime.takeComplaints();
      if (complaint !== undefined) throw explainComplaint(complaint);
      return value;
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Loads a model. To be called in `exclusive`. */
  session(model: Uint8Array, options: GpuSessionOptions = {}): Session {
    try {
      return this.#session(model, options);
    } catch (error) {
      throw explainSessionError(error);
    }
  }

  #session(model: Uint8Array, options: GpuSessionOptions = {}): Session {
    return this.engine.session(model, { ...options, threads: 1, provider: 'webgpu' });
  }

  /** Room for `size` numbers, which are anything at first. */
  allocate(size: number, precision: Precision = 'float32'): GpuBuffer {
    // Whole words: halves are read and written in twos.
    const bytes = Math.max(SMALLEST_BYTES, Math.ceil((size * BYTES[precision]) / 4) * 4);
    return { handle: this.#runtime.make('AllocatorAlloc', this.#allocator, bytes), size, precision };
  }

  /** Room for several tensors: for all, or for none when memory does not hold them. */
  async allocateAll(sizes: readonly number[], precision: Precision = 'float32'): Promise<GpuBuffer[]> {
    const made: GpuBuffer[] = [];
    try {
      for (const size of sizes) made.push(await this.exclusive(() => this.allocate(size, precision)));
    } catch (error) {
      await this.freeAll(made);
      throw error;
    }
    return made;
  }

  async freeAll(buffers: readonly GpuBuffer[]): Promise<void> {
    await this.exclusive(() => {
      for (const buffer of buffers) this.free(buffer);
    });
  }

  free({ handle }: GpuBuffer): void {
    this.#runtime.call('AllocatorFree', this.#allocator, handle);
  }

  /** A buffer, or its beginning, as a model's input or output. */
  value({ handle, precision }: GpuBuffer, shape: readonly number[]): TensorValue {
    const bytes = elementCount(shape) * BYTES[precision];
    return new TensorValue(this.#runtime, precision, shape, { info: this.#info, data: handle, bytes });
  }

  async upload(values: Float32Array, buffer: GpuBuffer): Promise<void> {
    await this.exclusive(() => this.#upload(values, buffer));
  }

  async #upload(values: Float32Array, buffer: GpuBuffer): Promise<void> {
    const source = this.engine.value('float32', [values.length], values);
    await this.#copy(source, this.value(buffer, [buffer.size]), 'float32', buffer.precision);
  }

  download(buffer: GpuBuffer): Promise<Float32Array> {
    return this.exclusive(() => this.#download(buffer));
  }

  async #download(buffer: GpuBuffer): Promise<Float32Array> {
    const values = new Float32Array(buffer.size);
    const target = this.engine.value('float32', [values.length], values);
    await this.#copy(this.value(buffer, [buffer.size]), target, buffer.precision, 'float32');
    return values;
  }

  /** Waits until the GPU has done what it was given: it works on after calls have returned. */
  settle(): Promise<void> {
    return this.exclusive(async () => {
      const buffer = this.allocate(1);
      try {
        await this.#upload(new Float32Array(1), buffer);
        await this.#download(buffer);
      } finally {
        this.free(buffer);
      }
    });
  }

  /** The same, and nothing that is asked for later ever begins: for the process's end. */
  stop(): Promise<void> {
    const settled = this.settle();
    this.#last = new Promise(() => undefined);
    return settled;
  }

  /** Sets all numbers to zero. */
  clear(buffer: GpuBuffer): Promise<void> {
    return this.upload(new Float32Array(buffer.size), buffer);
  }

  #copier(from: Precision, to: Precision): Session {
    if (from === to) return this.#copying;
    const key = `${from} ${to}`;
    const session = this.#converting.get(key) ?? this.session(convertingModel(from, to));
    this.#converting.set(key, session);
    return session;
  }

  async #copy(input: TensorValue, output: TensorValue, from: Precision, to: Precision): Promise<void> {
    try {
      await this.#copier(from, to).run(new Map([['x', input]]), new Map([['y', output]]));
    } finally {
      input.release();
      output.release();
    }
  }
}

/** In the words of the library and of the graphics driver below it. */
const TOO_LARGE = /OUT_OF_(DEVICE|HOST)_MEMORY|out of memory|allocation size too large|exceeds the max|limits_?\.max/i;

/** The driver was restarted, the machine slept, or the card was taken away: what is read back then never comes. */
const LOST =
  /\bdevice\b[^.\n]{0,40}\blost\b|DEVICE_LOST|MapAsyncStatus|Failed to download data|Failed to wait for the operation/i;

/** Here it is not known what work it was. Where a run writes sentences, a smaller micro-batch would train its generators anew, and help nothing. */
const SMALLER_BATCHES =
  'a run that writes sentences: --sampling-batch-size, one that trains: --generator-micro-batch or --classifier-micro-batch; ' +
  'pretrain: --micro-batch; export --distil: a lower --memory; other commands: --batch';

/** What the driver did not do: a shader that it does not compile, a call that it refuses. What the probe tries may work all the same. */
const DRIVER = /WebGPU compute pipeline|WebGPU device error|\bVK_ERROR_\w+|\bDXGI_ERROR_\w+/;

/** A model that is not well formed: no driver's doing. */
const MALFORMED = /ShapeInferenceError|TypeInferenceError|Type Error|not a registered function|invalid model/i;

type Trouble = 'memory' | 'lost' | 'driver';

function troubleIn(message: string): Trouble | undefined {
  if (TOO_LARGE.test(message)) return 'memory';
  if (LOST.test(message)) return 'lost';
  return DRIVER.test(message) ? 'driver' : undefined;
}

/**
 * A lack of memory is the user's to mend, and so is a GPU that went away, or whose driver does not do what is asked of it.
 * @param complaints what the library logged meanwhile: where memory ended, what is thrown may only tell that a result does not come.
 */
export function explainGpuError(error: unknown, complaints: readonly string[] = []): unknown {
  if (error instanceof UserError) return error;
  const messages = [messageOf(error), ...complaints];
  for (const trouble of ['memory', 'lost', 'driver'] as const) {
    const message = messages.find((each) => troubleIn(each) === trouble);
    if (message !== undefined) return EXPLANATIONS[trouble](message, error);
  }
  return error;
}

const EXPLANATIONS: Readonly<Record<Trouble, (message: string, cause: unknown) => UserError>> = {
  memory: (message, cause) => {
    const what = /limits_?\.max/.test(message) ? 'a tensor is larger than it takes in one piece' : complaintIn(message);
    return new UserError(`the GPU’s memory is too small: ${what}`, {
      remedy: `use a smaller batch (${SMALLER_BATCHES}), or choose --device cpu`,
      exitCode: 1,
      cause,
    });
  },
  lost: (_, cause) =>
    new UserError('the GPU does not answer any more', {
      remedy: 'give the same command again (long work goes on from its last checkpoint), or choose --device cpu',
      exitCode: 1,
      cause,
    }),
  driver: notWorking,
};

const complaintIn = (message: string): string => message.split('\n')[0]!.replace(/^.*WebGPU device error\(\d+\): /, '');

function notWorking(message: string, cause: unknown): UserError {
  return new UserError(`the GPU does not work: ${complaintIn(message)}`, {
    remedy: 'update the graphics driver, or choose --device cpu',
    exitCode: 1,
    cause,
  });
}

/** What the library logged and did not throw: whatever it is, the GPU did not compute. */
export function explainComplaint(complaint: string): unknown {
  const error = new Error(`ONNX Runtime: ${complaint}`);
  const explained = explainGpuError(error);
  return explained === error ? notWorking(error.message, error) : explained;
}

/** Why a model does not load on the GPU: it works for the probe, so that it is its driver, unless the model is wrong. */
export function explainSessionError(error: unknown): unknown {
  const explained = explainGpuError(error);
  return explained === error && !MALFORMED.test(messageOf(error)) ? notWorking(messageOf(error), error) : explained;
}

/** A model from `x` [n] to `y`, the same. */
function copyingModel(): Uint8Array {
  const graph = new Graph();
  graph.output('y', graph.input('x', { shape: ['n'], type: 'float32' }));
  return writeOnnx(graph, WEBGPU_LOWERING, 'inputs').bytes;
}

/** A model from `x` [n] to `y`, the same in another precision. */
function convertingModel(from: Precision, to: Precision): Uint8Array {
  const model = new Composition();
  model.input('x', from, ['n']);
  model.emit.node('Cast', ['x'], ['y'], { to: ONNX_TYPES[to] });
  model.output('y', to, ['n']);
  return model.bytes(new Map());
}

let gpu: Gpu | undefined;

/** The process's GPU. @throws as the constructor does. */
export function openGpu(): Gpu {
  if (!gpu) {
    const opened = new Gpu();
    beforeLeaving(() => opened.stop());
    gpu = opened;
  }
  return gpu;
}
