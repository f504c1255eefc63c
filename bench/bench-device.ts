/** The device that a timed script runs on. */
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../src/runtime/device.ts';
import { probeGpu } from '../src/runtime/webgpu/probe.ts';
import { WebGpuDevice } from '../src/runtime/webgpu/webgpu-device.ts';

interface BenchDeviceOptions {
  /** Of the processor. */
  threads: number;
  precision?: string;
  /** Writes a trace of every node's time to files of this prefix. */
  profilePrefix?: string;
}

/** @param name `cpu` or `webgpu`. @throws UserError where there is no such device. */
export async function openBenchDevice(
  name: string,
  { threads, precision = 'float32', ...options }: BenchDeviceOptions,
): Promise<Device> {
  if (precision !== 'float32' && precision !== 'float16')
    throw new Error(`--precision ${precision}: float32 or float16`);
  if (name === 'webgpu') {
    const found = await probeGpu();
    if (precision === 'float16' && !found.hasFloat16) throw new Error(`${found.name} does not compute in float16`);
    return new WebGpuDevice({ found, precision, ...options });
  }
  if (name !== 'cpu' || precision !== 'float32') throw new Error(`--device ${name}: cpu (in float32) or webgpu`);
  return new CpuDevice({ threads, ...options });
}
