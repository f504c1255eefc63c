/**
 * ONNX Runtime through the JavaScript binding of npm's onnxruntime-node, for where its C API cannot be called.
 *
 * The binding writes results into the memory that it is given, if that is ordinary memory (it refuses shared memory). A run blocks this thread.
 */
import { createRequire } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '../../foundation/errors.ts';
import type { ElementType } from '../../graph/tensor.ts';
import { UNWANTED_OPTIMIZERS } from '../onnxruntime/engine.ts';
import type { Engine, EngineSession, EngineValue, SessionOptions, TensorSource } from '../onnxruntime/engine.ts';

class BindingValue implements EngineValue {
  readonly #type: ElementType;
  readonly #shape: readonly number[];
  readonly #source: TensorSource;

  constructor(type: ElementType, shape: readonly number[], source: TensorSource) {
    this.#type = type;
    this.#shape = shape;
    this.#source = source;
  }

  /** Bytes, for initializers. */
  bytes(): Uint8Array {
    const data = this.#data();
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }

  tensor(): Tensor {
    return new Tensor(this.#type, this.#data(), this.#shape);
  }

  release(): void {
    // It holds nothing but memory of ours.
  }

  #data() {
    return typeof this.#source === 'function' ? this.#source() : this.#source;
  }
}

const FATAL_ONLY = 4;

class BindingSession implements EngineSession {
  readonly ready: Promise<void>;
  readonly #loading: Promise<InferenceSession>;
  /** Referenced as long as the library may read them. */
  readonly #initializers: readonly { readonly path: string; readonly data: Uint8Array }[];
  #released = false;

  constructor(model: Uint8Array, { threads, initializers, profilePrefix }: SessionOptions) {
    this.#initializers = [...(initializers ?? [])].map(([path, value]) => ({ path, data: own(value).bytes() }));
    this.#loading = naming('CreateSession', () =>
      InferenceSession.create(model, {
        executionProviders: ['cpu'],
        logSeverityLevel: FATAL_ONLY,
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        enableMemPattern: false,
        extra: {
          session: { force_spinning_stop: '1' },
          optimization: { disable_specified_optimizers: UNWANTED_OPTIMIZERS.join(';') },
        },
        ...(this.#initializers.length > 0 && { externalData: this.#initializers }),
        ...(profilePrefix && { enableProfiling: true, profileFilePrefix: profilePrefix }),
      }),
    );
    this.ready = this.#loading.then(() => undefined);
    // Whoever waits for it is told; a rejection that nobody has waited for yet must not end the process.
    this.ready.catch(() => undefined);
  }

  async run(inputs: ReadonlyMap<string, EngineValue>, outputs: ReadonlyMap<string, EngineValue>): Promise<void> {
    const session = await this.#loading;
    if (this.#released) throw new Error('this program was disposed of');
    const tensors = (values: ReadonlyMap<string, EngineValue>) =>
      Object.fromEntries([...values].map(([name, value]) => [name, own(value).tensor()]));
    await naming('Run', () => session.run(tensors(inputs), tensors(outputs)));
  }

  endProfiling(): void {
    void this.#loading.then((session) => session.endProfiling());
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    void this.#loading.then(
      (session) => session.release(),
      () => undefined,
    );
  }
}

function own(value: EngineValue): BindingValue {
  if (value instanceof BindingValue) return value;
  throw new Error('this value belongs to another device');
}

/** Errors in the words of the C API's. */
async function naming<T>(call: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`ONNX Runtime, ${call}: ${messageOf(error)}`, { cause: error });
  }
}

export class BindingEngine implements Engine {
  readonly version = (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;

  value(type: ElementType, shape: readonly number[], source: TensorSource): EngineValue {
    return new BindingValue(type, shape, source);
  }

  session(model: Uint8Array, options: SessionOptions): EngineSession {
    return new BindingSession(model, options);
  }
}
