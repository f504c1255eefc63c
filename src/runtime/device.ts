/**
 * What a device is: a place that holds weights and runs graphs.
 *
 * A device keeps `Parameters` (weights and, for training, gradients and AdamW's moments) in its own memory, and turns graphs into `Program`s that
 * use them. Only the batch goes in and only small results come out; weights move when a checkpoint is read or written. The rest of
 * dare knows devices by these interfaces alone.
 */
import type { Graph, Tensor } from '../graph/graph.ts';
import type { Precision } from '../graph/onnx/precision.ts';
import type { Bindings } from '../graph/tensor.ts';
import type { FoundGpu } from './webgpu/probe.ts';

/** Numbers with a shape, in this process's memory. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Values for a graph's data inputs, by name. */
export type Feeds = Readonly<Record<string, HostTensor>>;
/** A graph's results, by name. */
export type Results = Readonly<Record<string, HostTensor>>;

export interface ParameterSpecification {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What is kept for each weight: itself, and AdamW's running means of its gradient and squared gradient. */
export type ParameterPart = 'weight' | 'firstMoment' | 'secondMoment';

/** Which weights are trained. */
export type Trainable = boolean | ((name: string) => boolean);

/** A model's weights on a device. */
export interface Parameters {
  readonly specifications: readonly ParameterSpecification[];
  /** Those that are trained, for which gradients and moments are kept; the others stay as they are. */
  readonly trained: readonly ParameterSpecification[];
  /** A copy. @throws Error when there is no such parameter or part. */
  read(name: string, part?: ParameterPart): Promise<Float32Array>;
  write(name: string, values: Float32Array, part?: ParameterPart): Promise<void>;
  /** Gives the memory back to the device, for other parameters. Programs that use it must be disposed of first. */
  dispose(): Promise<void>;
}

/** State that a program keeps between runs (a key/value cache), in the device's memory. */
export interface ProgramState {
  dispose(): Promise<void>;
}

/** A graph made ready to run forward. */
export interface Program {
  /** Makes room for the graph's `state` inputs; each `state` input NAME is replaced by the output `next:NAME` in every run. */
  createState(bindings: Bindings): Promise<ProgramState>;
  run(feeds: Feeds, state?: ProgramState): Promise<Results>;
  dispose(): Promise<void>;
}

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay of a parameter. */
  readonly weightDecay: (name: string) => number;
}

/** Coefficients that fine-tuning uses everywhere (Kingma and Ba, 2015; PyTorch's defaults). */
export const ADAM_DEFAULTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export interface UpdateSettings {
  readonly learningRate: number;
  /** Gradients are scaled down to this global norm; `Infinity` leaves them. */
  readonly maxGradientNorm: number;
}

/**
 * Which part of a batch is run, where memory does not hold all of it at once. On the processor its dropout masks are cut out of the whole
 * batch's, so that the parts together learn what the whole would, but for rounding; on a GPU each part has its own, by its place in the batch.
 */
export interface BatchPart {
  /** The whole batch's values of the graph's symbols. */
  readonly whole: Bindings;
  /** Where the part begins along a symbol's axes; 0 unless given. */
  readonly offsets: Bindings;
}

/** A graph made ready to train: gradients add up over batches until an update uses them. */
export interface TrainingProgram {
  /**
   * Runs forward and backward and adds the gradients to those since the last update.
   * @param maskSeed seeds the dropout masks of this batch.
   * @param part says that the feeds are a part of the batch.
   * @returns the graph's named outputs.
   */
  accumulate(feeds: Feeds, maskSeed: readonly (string | number)[], part?: BatchPart): Promise<Results>;
  /** One step of AdamW with the accumulated gradients. @returns their global norm, before clipping. */
  update(settings: UpdateSettings): Promise<{ gradientNorm: number }>;
  /** The accumulated gradient of a parameter (a copy), for tests. */
  gradient(name: string): Promise<Float32Array>;
  /** How many updates the moments have seen; AdamW's bias correction depends on it. Set it when resuming. */
  updates: number;
  dispose(): Promise<void>;
}

export interface ProgramOptions {
  /** The weights will not change while the program lives, so that the device may lay them out for speed (and hold a second copy). */
  readonly frozen?: boolean;
}

export interface Device {
  /** How users name it: `cpu`. */
  readonly name: string;
  /** For people: model of the processor, threads, versions. */
  readonly description: string;
  /** In which it holds, and computes with, weights that are not trained: results differ from one to the other. */
  readonly precision: Precision;
  /** Bytes of memory of its own, which trainings must fit into; null where it has the machine's, or where nobody says. */
  readonly memory: number | null;
  /** What was found out of a GPU, for another process that opens it. */
  readonly gpu?: FoundGpu | undefined;
  /** @param options.trainable which of them are trained: all, none, or those of these names. */
  createParameters(
    specifications: readonly ParameterSpecification[],
    options: { trainable: Trainable },
  ): Promise<Parameters>;
  createProgram(graph: Graph, parameters: Parameters, options?: ProgramOptions): Promise<Program>;
  /**
   * Gradients are taken for those of the parameters that are trained.
   * @param loss a scalar of the graph; the graph's named outputs are returned by every batch.
   */
  createTrainingProgram(
    graph: Graph,
    loss: Tensor,
    parameters: Parameters,
    optimizer: AdamWSettings,
  ): Promise<TrainingProgram>;
  close(): Promise<void>;
}

/**
 * Values of the symbols in a graph's input shapes, found by comparing them with what is fed.
 * @param known values that are set already, by a state.
 * @throws Error when they do not agree.
 */
export function bindSymbols(graph: Graph, feeds: Feeds, known: Bindings = {}): Record<string, number> {
  const bindings: Record<string, number> = { ...known };
  for (const { tensor, kind } of graph.inputs) {
    const fed = feeds[tensor.name];
    if (!fed || kind !== 'data') continue;
    if (fed.shape.length !== tensor.shape.length) {
      throw new Error(`'${tensor.name}' is fed with rank ${fed.shape.length}, not ${tensor.shape.length}`);
    }
    tensor.shape.forEach((dimension, axis) => {
      const size = fed.shape[axis]!;
      if (typeof dimension === 'number') {
        if (dimension !== size) throw new Error(`'${tensor.name}': axis ${axis} is ${size}, not ${dimension}`);
      } else if (!dimension.includes('*')) {
        if (bindings[dimension] !== undefined && bindings[dimension] !== size) {
          throw new Error(`'${tensor.name}': ${dimension} is ${size}, but ${bindings[dimension]} elsewhere`);
        }
        bindings[dimension] = size;
      }
    });
  }
  return bindings;
}
