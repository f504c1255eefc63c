/**
 * ONNX Runtime as a device on the processor sees it: models are loaded, values are made of our memory, and a run reads some and writes others.
 *
 * There are two ways to the library: its C API (session.ts), and npm's stock JavaScript binding (../binding) where the C API cannot be called.
 */
import type { ElementType } from '../../graph/tensor.ts';

export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** Memory, or where it is found when it is needed: ordinary WebAssembly memory lies elsewhere after it has grown. */
export type TensorSource = TensorData | (() => TensorData);

/** Memory with a shape, as the library sees it. */
export interface EngineValue {
  /** To be called when the library is done with it; may be called more than once. */
  release(): void;
}

export interface SessionOptions {
  readonly threads: number;
  /** Initializers given from memory, by name; they must outlive the session. */
  readonly initializers?: ReadonlyMap<string, EngineValue>;
  /** Where the nodes run that can; what this provider lacks runs on the processor. */
  readonly provider?: 'webgpu';
  /** Writes a Chrome trace of every node's time to a file of this prefix (see `endProfiling`). */
  readonly profilePrefix?: string;
}

/** The library's reserve of memory for intermediate values, which all sessions of the process share. Sizes in bytes. */
export interface ArenaStatistics {
  /** In use now. */
  readonly inUse: number;
  /** The most that was in use at once since the process began. */
  readonly peak: number;
  /** Taken from the system, and kept for the next runs. */
  readonly reserved: number;
}

/** A loaded model. */
export interface EngineSession {
  /** Rejects when the model is not valid. */
  readonly ready: Promise<void>;
  /**
   * Runs the model: reads `inputs`, writes `outputs`. The values and the session must stay unreleased until it is done.
   * @throws Error when the session is released, or with the library's message.
   */
  run(inputs: ReadonlyMap<string, EngineValue>, outputs: ReadonlyMap<string, EngineValue>): Promise<void>;
  /** Ends profiling; the trace is then in a file whose name begins with the prefix. */
  endProfiling(): void;
  /** Where the library tells. */
  arenaStatistics?(): ArenaStatistics;
  /** May be called more than once. */
  release(): void;
}

export interface Engine {
  /** The library's. */
  readonly version: string;
  value(type: ElementType, shape: readonly number[], source: TensorSource): EngineValue;
  session(model: Uint8Array, options: SessionOptions): EngineSession;
}

/** Optimizers of ONNX Runtime that must not run. */
export const UNWANTED_OPTIMIZERS: readonly string[] = [
  // It would keep a dropout mask, widened to floats, from the forward pass to the backward pass.
  'CommonSubexpressionElimination',
  // They would undo the transposed copies that lowering.ts makes for speed.
  'GemmTransposeFusion',
  'MatmulTransposeFusion',
];
