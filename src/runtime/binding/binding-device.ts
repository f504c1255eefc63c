/**
 * The processor as a device where ONNX Runtime's C API cannot be called: the same graphs and kernels as the CPU device, over ordinary memory, through
 * npm's stock binding. A run blocks the event loop, and the kernels have one thread.
 */
import { availableParallelism } from 'node:os';
import { ProcessorDevice } from '../cpu/processor-device.ts';
import { LocalKernels } from '../kernels/local-kernels.ts';
import { BindingEngine } from './binding-engine.ts';

export class BindingDevice extends ProcessorDevice {
  readonly name = 'cpu-binding';

  constructor({ threads = availableParallelism() }: { threads?: number } = {}) {
    super(new BindingEngine(), new LocalKernels(), threads);
  }
}
