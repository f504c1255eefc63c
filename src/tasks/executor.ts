/** Where tasks are done: the interface that the scheduler (perform.ts) knows, and what an executor is told once for all tasks of a run. */
import type { Precision } from '../graph/onnx/precision.ts';
import type { DeviceName } from '../runtime/open-device.ts';
import type { FoundGpu } from '../runtime/webgpu/probe.ts';
import type { Task } from './task.ts';

/** Does tasks, one or several at a time. */
export interface TaskExecutor {
  /** How much it takes at once; may shrink while it works. */
  readonly capacity: Capacity;
  /**
   * Does a task unless its result is there. Its inputs' results must be.
   * @throws WorkerDied when the process that did it died: the task may be given again. Interrupted when the user, or `stop`, stopped it.
   */
  execute(task: Task): Promise<void>;
  /** Asks what runs to stop where nothing is lost. */
  stop(): void;
  close(): Promise<void>;
}

export interface Capacity {
  /** Tasks at once. */
  readonly tasks: number;
  /** Threads of these tasks together; a task that wants more runs alone. */
  readonly threads: number;
}

/** How tasks are done, which changes no result; plain data, for other processes too. */
export interface ExecutionSettings {
  /** The store's folder. */
  readonly store: string;
  readonly device: DeviceName;
  /** What was found out of the GPU, where that is the device. */
  readonly gpu?: FoundGpu | undefined;
  /** Of weights that are not trained. */
  readonly precision: Precision;
  readonly checkpointSeconds: number;
  /** Sentences written at once; null for as many as memory allows. */
  readonly samplingBatch: number | null;
  /** What trains with gradient checkpointing. */
  readonly checkpointing: { readonly generator: boolean; readonly classifier: boolean };
}

/** Those that hold whatever the tasks are done on. */
export type TaskSettings = Omit<ExecutionSettings, 'device' | 'gpu' | 'precision'>;

/** The process that was doing a task is gone. What it had saved is kept. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
  /** What to do where it dies again and again. */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}
