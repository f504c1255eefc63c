/** The devices that this machine has, for the contract tests. */
import { BindingDevice } from '../../src/runtime/binding/binding-device.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../../src/runtime/device.ts';
import { WebGpuDevice } from '../../src/runtime/webgpu/webgpu-device.ts';
import { gpuMissing } from './software-gpu.ts';

const all: { name: string; open: () => Promise<Device> }[] = [
  { name: 'cpu', open: () => Promise.resolve(new CpuDevice({ threads: 2 })) },
  { name: 'cpu-binding', open: () => Promise.resolve(new BindingDevice({ threads: 2 })) },
  // Where there is none, tests/contract/webgpu.test.ts says so.
  ...(gpuMissing === undefined ? [{ name: 'webgpu', open: () => Promise.resolve(new WebGpuDevice()) }] : []),
];

/** Those of the project that the tests run in (vitest.config.ts). */
const wanted = process.env.DARE_TEST_DEVICES?.split(',');
export const devices = all.filter(({ name }) => wanted?.includes(name) ?? true);
