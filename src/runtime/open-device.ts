/** Which devices there are, and opening the one that was asked for. */
import { messageOf, UserError } from '../foundation/errors.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from './device.ts';
import type { FoundGpu } from './webgpu/probe.ts';

/** What a user may ask for; `auto` is the best that works here. */
export const DEVICE_CHOICES = ['auto', 'cpu', 'webgpu', 'cpu-binding'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];
export type DeviceName = Exclude<DeviceChoice, 'auto'>;

/** Whether a device shares the processor's cores: its threads then decide how results are rounded. */
export const isOnProcessor = (device: string): device is 'cpu' | 'cpu-binding' =>
  device === 'cpu' || device === 'cpu-binding';

export interface DeviceRequest {
  readonly device: DeviceChoice;
  /** Threads of a device on the processor; all cores unless given. */
  readonly threads?: number | null | undefined;
}

export type DeviceOpeners = Readonly<Record<DeviceName, (threads: { threads?: number }) => Promise<Device>>> & {
  /** The GPU that `auto` takes, if there is one: real, and answering. */
  readonly findGpu: () => Promise<FoundGpu | undefined>;
};

// Loaded when asked for: what a device needs may be missing on this platform.
const OPENERS: DeviceOpeners = {
  findGpu: async () => {
    const { mayHaveGpu, probeGpu } = await import('./webgpu/probe.ts');
    const found = mayHaveGpu() ? await probeGpu().catch(() => undefined) : undefined;
    return found?.isSoftware ? undefined : found;
  },
  webgpu: async () => {
    const { probeGpu } = await import('./webgpu/probe.ts');
    const { WebGpuDevice } = await import('./webgpu/webgpu-device.ts');
    return new WebGpuDevice({ found: await probeGpu() });
  },
  cpu: async (options) => new (await import('./cpu/cpu-device.ts')).CpuDevice(options),
  'cpu-binding': async (options) => new (await import('./binding/binding-device.ts')).BindingDevice(options),
};

/**
 * Opens a device. `auto` takes a GPU where a real one answers, and the processor elsewhere; there it falls back on the stock binding where ONNX Runtime's C API cannot be called, and says so.
 * @param openers for tests.
 * @throws UserError when the device does not open.
 * @example
 * const device = await openDevice({ device: 'auto' }, monitor);
 */
export async function openDevice(
  { device, threads }: DeviceRequest,
  monitor: Monitor,
  openers: DeviceOpeners = OPENERS,
): Promise<Device> {
  const options = typeof threads === 'number' ? { threads } : {};
  if (device !== 'auto') return explaining(device, () => openers[device](options));
  if (await openers.findGpu()) {
    try {
      return await explaining('webgpu', () => openers.webgpu(options));
    } catch (error) {
      monitor.note(`${messageOf(error)}; using the processor`);
    }
  }
  try {
    return await explaining('cpu', () => openers.cpu(options));
  } catch (error) {
    const fallback = await openers['cpu-binding'](options).catch(() => undefined);
    if (!fallback) throw error;
    monitor.note(`${messageOf(error)}; using the slower ${fallback.name}`);
    return fallback;
  }
}

/** A native part that does not load (koffi, for one) is the machine's fault, not a bug. */
async function explaining(name: DeviceName, open: () => Promise<Device>): Promise<Device> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`the device ${name} does not open: ${messageOf(error)}`, {
      remedy: 'run "npm ci" again, or choose another --device; "dare doctor" shows which open',
      exitCode: 1,
      cause: error,
    });
  }
}
