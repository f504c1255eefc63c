/** The processor as a device: ONNX Runtime through its C API, with weights in memory that it shares with threads running the kernels. */
import { availableParallelism } from 'node:os';
import { KernelPool } from '../kernels/kernel-pool.ts';
import { loadOnnxRuntime } from '../onnxruntime/library.ts';
import { NativeEngine } from '../onnxruntime/session.ts';
import { ProcessorDevice } from './processor-device.ts';

export interface CpuDeviceOptions {
  /** Threads for the work; as many as the machine offers this process unless stated. */
  threads?: number;
  /** Writes a trace of every node's time in training programs to files of this prefix. */
  profilePrefix?: string;
  /**
   * The size in bytes that memories for weights are filled up to; two gigabytes unless given.
   * @internal
   */
  memoryBytes?: number;
}

export class CpuDevice extends ProcessorDevice {
  readonly name = 'cpu';

  /** @throws UserError when ONNX Runtime does not load. */
  constructor({ threads = availableParallelism(), profilePrefix, memoryBytes }: CpuDeviceOptions = {}) {
    super(new NativeEngine(loadOnnxRuntime()), new KernelPool(threads), threads, profilePrefix, memoryBytes);
  }
}
