/** What dare finds on this machine: versions, processor, memory, disk, and whether the native parts load. */
import { statfs } from 'node:fs/promises';
import { arch, availableParallelism, platform } from 'node:os';
import { messageOf } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import { DEVICE_CHOICES, openDevice, openersFor } from '../runtime/open-device.ts';
import { processorName } from '../runtime/processor.ts';
import { machineMemory } from '../runtime/training-memory.ts';
import { probeGpu } from '../runtime/webgpu/probe.ts';
import type { FoundGpu } from '../runtime/webgpu/probe.ts';
import { VERSION } from '../foundation/version.ts';

export interface NativePart {
  readonly ok: boolean;
  readonly version: string | null;
  /** Why it does not load. */
  readonly problem: string | null;
}

/** Sizes in bytes. */
export interface Machine {
  readonly dare: string;
  readonly node: string;
  readonly platform: string;
  readonly processor: { readonly model: string; readonly cores: number };
  readonly memory: { readonly available: number; readonly total: number };
  readonly disk: { readonly folder: string; readonly free: number; readonly total: number };
  readonly koffi: NativePart;
  readonly onnxRuntime: NativePart;
  /** What WebGPU runs on: its name and memory in bytes, or why there is none. */
  readonly gpu: {
    readonly name: string | null;
    readonly memory: number | null;
    /** A program on the processor that stands in for one; null where there is none, or nobody says. */
    readonly isSoftware: boolean | null;
    /** Whether `--precision float16` works on it; null where there is none. */
    readonly hasFloat16: boolean | null;
    readonly problem: string | null;
  };
  readonly devices: readonly { readonly name: string; readonly description: string }[];
}

/** Looks at the machine; what does not load is reported, not thrown. */
export async function inspectMachine(): Promise<Machine> {
  const folder = process.cwd();
  const disk = await statfs(folder);
  const gpu = await findGpu();
  const koffi = await tryLoading(async () => (await import('koffi')).default.version);
  const onnxRuntime = koffi.ok
    ? await tryLoading(async () => (await import('../runtime/onnxruntime/library.ts')).loadOnnxRuntime().version)
    : { ok: false, version: null, problem: 'needs koffi' };
  return {
    dare: VERSION,
    node: process.versions.node,
    platform: `${platform()} ${arch()}`,
    processor: { model: processorName(), cores: availableParallelism() },
    memory: {
      available: process.availableMemory(),
      total: machineMemory(),
    },
    disk: { folder, free: disk.bavail * disk.bsize, total: disk.blocks * disk.bsize },
    koffi,
    onnxRuntime,
    gpu:
      'problem' in gpu
        ? { name: null, memory: null, isSoftware: null, hasFloat16: null, problem: gpu.problem }
        : { ...gpu, problem: null },
    devices: await describeDevices('problem' in gpu ? undefined : gpu),
  };
}

async function tryLoading(load: () => Promise<string>): Promise<NativePart> {
  try {
    return { ok: true, version: await load(), problem: null };
  } catch (error) {
    return { ok: false, version: null, problem: messageOf(error) };
  }
}

/** The GPU, or why there is none. */
async function findGpu(): Promise<FoundGpu | { readonly problem: string }> {
  try {
    return await probeGpu();
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** The devices that open here. */
async function describeDevices(gpu: FoundGpu | undefined): Promise<Machine['devices']> {
  const found = [];
  for (const choice of DEVICE_CHOICES) {
    if (choice === 'auto' || (choice === 'webgpu' && !gpu)) continue;
    const opening = openDevice({ device: choice }, new Monitor(), gpu && openersFor(gpu));
    const device = await opening.catch(() => undefined);
    if (!device) continue;
    found.push({ name: device.name, description: device.description });
    await device.close();
  }
  return found;
}
