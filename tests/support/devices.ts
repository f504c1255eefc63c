/** The devices that this machine has, for the contract tests. */
import { BindingDevice } from '../../src/runtime/binding/binding-device.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../../src/runtime/device.ts';
import { WebGpuDevice } from '../../src/runtime/webgpu/webgpu-device.ts';

const wanted = process.env.DARE_TEST_DEVICES?.split(',');
/** Whether the project that the tests run in (vitest.config.ts) is for a device of this name. */
export const isWanted = (name: string): boolean => wanted?.includes(name) ?? true;

/** Why the WebGPU device is not tested; `undefined` where it is. Nobody looks for a GPU where only the processor is wanted. */
export const gpuMissing: string | undefined = isWanted('webgpu')
  ? (await import('./gpu.ts')).gpuMissing
  : 'not in this project';

const all: { name: string; open: () => Promise<Device> }[] = [
  { name: 'cpu', open: () => Promise.resolve(new CpuDevice({ threads: 2 })) },
  { name: 'cpu-binding', open: () => Promise.resolve(new BindingDevice({ threads: 2 })) },
  // Where there is none, tests/contract/webgpu.test.ts says so.
  ...(gpuMissing === undefined ? [{ name: 'webgpu', open: () => Promise.resolve(new WebGpuDevice()) }] : []),
];

export const devices = all.filter(({ name }) => isWanted(name));
