/**
 * A model loaded into ONNX Runtime, and the values it is run on.
 *
 * A `TensorValue` is a view of JavaScript memory with a shape: the library reads inputs from it and writes outputs into it without a copy.
 */
import type { ElementType } from '../../graph/tensor.ts';
import { ONNX_TYPES } from '../../graph/onnx/emitter.ts';
import { UNWANTED_OPTIMIZERS } from './engine.ts';
import type {
  ArenaStatistics,
  Engine,
  EngineSession,
  EngineValue,
  SessionOptions,
  TensorData,
  TensorSource,
} from './engine.ts';
import { returnFreedMemory } from './freed-memory.ts';
import type { OnnxRuntime, Pointer } from './library.ts';

/** Memory that the library is given: of this process, or of a device by its handle. */
export interface ValueMemory {
  /** The library's description of the place. */
  readonly info: Pointer;
  readonly data: TensorData | Pointer;
  readonly bytes: number;
}

/** Memory with a shape, as the library sees it. `release` it when the library is done with it. */
export class TensorValue implements EngineValue {
  readonly pointer: Pointer;
  readonly #runtime: OnnxRuntime;
  // Referenced here, so that neither is collected while the library holds its address.
  protected readonly held: readonly [memory: ValueMemory, shape: BigInt64Array];
  #released = false;

  constructor(runtime: OnnxRuntime, type: ElementType, shape: readonly number[], memory: ValueMemory) {
    this.#runtime = runtime;
    const sizes = BigInt64Array.from(shape.map(BigInt));
    this.held = [memory, sizes];
    const { info, data, bytes } = memory;
    const onnxType = ONNX_TYPES[type];
    this.pointer = runtime.make('CreateTensorWithDataAsOrtValue', info, data, bytes, sizes, shape.length, onnxType);
  }

  /** May be called more than once. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#runtime.release('ReleaseValue', this.pointer);
  }
}

const ALL_OPTIMIZATIONS = 99;
const FATAL_ONLY = 4;
const PROVIDERS = { webgpu: 'WebGPU' } as const;

/** A loaded model. */
export class Session implements EngineSession {
  readonly ready = Promise.resolve();
  readonly #runtime: OnnxRuntime;
  readonly pointer: Pointer;
  #released = false;
  readonly #initializers: ReadonlyMap<string, EngineValue> | undefined;

  /** @throws Error when the model is not valid. */
  constructor(runtime: OnnxRuntime, model: Uint8Array, options: SessionOptions) {
    this.#runtime = runtime;
    this.#initializers = options.initializers;
    const settings = runtime.make('CreateSessionOptions');
    try {
      runtime.call('SetSessionLogSeverityLevel', settings, FATAL_ONLY);
      runtime.call('SetIntraOpNumThreads', settings, options.threads);
      runtime.call('SetInterOpNumThreads', settings, 1);
      runtime.call('SetSessionGraphOptimizationLevel', settings, ALL_OPTIMIZATIONS);
      runtime.call('SetDeterministicCompute', settings, 1);
      // The pattern would be planned anew for every shape and holds twice the memory.
      runtime.call('DisableMemPattern', settings);
      // Idle threads would spin on the cores that the AdamW kernel is using.
      runtime.call('AddSessionConfigEntry', settings, 'session.force_spinning_stop', '1');
      runtime.call(
        'AddSessionConfigEntry',
        settings,
        'optimization.disable_specified_optimizers',
        UNWANTED_OPTIMIZERS.join(';'),
      );
      runtime.call('AddSessionConfigEntry', settings, 'session.use_env_allocators', '1');
      if (options.provider) {
        const none = new BigUint64Array(1);
        runtime.call('SessionOptionsAppendExecutionProvider', settings, PROVIDERS[options.provider], none, none, 0);
      }
      if (options.profilePrefix) runtime.call('EnableProfiling', settings, options.profilePrefix);
      const given = [...(options.initializers ?? [])];
      if (given.length > 0) {
        const names = BigUint64Array.from(given.map(([name]) => runtime.string(name)));
        const values = BigUint64Array.from(given.map(([, value]) => pointerOf(value)));
        runtime.call('AddExternalInitializers', settings, names, values, given.length);
      }
      this.pointer = runtime.make('CreateSessionFromArray', runtime.environment, model, model.length, settings);
    } finally {
      runtime.release('ReleaseSessionOptions', settings);
    }
  }

  /**
   * Runs the model: reads `inputs`, writes `outputs`. The values and the session must stay unreleased until it is done.
   * @throws Error when the session is released, or with the library's message.
   */
  async run(inputs: ReadonlyMap<string, EngineValue>, outputs: ReadonlyMap<string, EngineValue>): Promise<void> {
    if (this.#released) throw new Error('this program was disposed of');
    const names = (values: ReadonlyMap<string, EngineValue>) =>
      BigUint64Array.from([...values.keys()].map((name) => this.#runtime.string(name)));
    const pointers = (values: ReadonlyMap<string, EngineValue>) =>
      BigUint64Array.from([...values.values()].map(pointerOf));
    const held = [names(inputs), pointers(inputs), names(outputs), pointers(outputs)] as const;
    await this.#runtime.callAsync(
      'Run',
      this.pointer,
      null,
      held[0],
      held[1],
      inputs.size,
      held[2],
      outputs.size,
      held[3],
    );
    keepAlive(held);
  }

  /** Ends profiling; the trace is then in a file whose name begins with the prefix. */
  endProfiling(): void {
    const allocator = this.#runtime.make('GetAllocatorWithDefaultOptions');
    this.#runtime.make('SessionEndProfiling', this.pointer, allocator);
  }

  arenaStatistics(): ArenaStatistics {
    return this.#runtime.arenaStatistics(this.pointer);
  }

  /** May be called more than once. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#runtime.release('ReleaseSession', this.pointer);
    for (const value of this.#initializers?.values() ?? []) value.release();
    returnFreedMemory();
  }
}

/** ONNX Runtime through its C API. */
export class NativeEngine implements Engine {
  readonly version: string;
  readonly #runtime: OnnxRuntime;

  constructor(runtime: OnnxRuntime) {
    this.#runtime = runtime;
    this.version = runtime.version;
  }

  value(type: ElementType, shape: readonly number[], source: TensorSource): TensorValue {
    const data = typeof source === 'function' ? source() : source;
    return new TensorValue(this.#runtime, type, shape, { info: this.#runtime.cpuMemory, data, bytes: data.byteLength });
  }

  session(model: Uint8Array, options: SessionOptions): Session {
    return new Session(this.#runtime, model, options);
  }
}

function pointerOf(value: EngineValue): Pointer {
  if (value instanceof TensorValue) return value.pointer;
  throw new Error('this value belongs to another device');
}

/** Uses its argument, so that it is reachable (and not collected) up to here. */
function keepAlive(values: readonly NodeJS.ArrayBufferView[]): void {
  if (values.some((value) => value.byteLength < 0)) throw new Error('unreachable');
}
