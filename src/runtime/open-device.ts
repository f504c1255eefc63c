/** Which devices there are, and opening the one that was asked for. */
import { PRECISIONS } from '../graph/onnx/precision.ts';
import { messageOf, UserError } from '../foundation/errors.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from './device.ts';
import type { FoundGpu } from './webgpu/probe.ts';

/** What a user may ask for; `auto` is the best that works here. */
export const DEVICE_CHOICES = ['auto', 'cpu', 'webgpu', 'cpu-binding'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];
export type DeviceName = Exclude<DeviceChoice, 'auto'>;

/** What a user may ask for; `auto` is float16 where the device has it. */
export const PRECISION_CHOICES = [...PRECISIONS, 'auto'] as const;
export type PrecisionChoice = (typeof PRECISION_CHOICES)[number];

interface OpenOptions {
  readonly threads?: number;
  readonly precision: PrecisionChoice;
}

/** Whether a device shares the processor's cores: its threads then decide how results are rounded. */
export const isOnProcessor = (device: string): device is 'cpu' | 'cpu-binding' =>
  device === 'cpu' || device === 'cpu-binding';

export interface DeviceRequest {
  readonly device: DeviceChoice;
  /** Threads of a device on the processor; all cores unless given. */
  readonly threads?: number | null | undefined;
  /** For weights that are not trained; float32 unless given. */
  readonly precision?: PrecisionChoice | undefined;
}

export type DeviceOpeners = Readonly<Record<'cpu' | 'cpu-binding', (options: OpenOptions) => Promise<Device>>> & {
  /** @param found where the GPU was looked for before; it is looked for unless given. */
  readonly webgpu: (options: OpenOptions, found?: FoundGpu) => Promise<Device>;
  /** The GPU that `auto` takes, if there is one: real as far as is known, and answering. @throws UserError where there is one that does not work, or is not reached. */
  readonly findGpu: () => Promise<FoundGpu | undefined>;
};

// Loaded when asked for: what a device needs may be missing on this platform.
const OPENERS: DeviceOpeners = {
  findGpu: async () => {
    const { gpuForAuto, mayHaveGpu } = await import('./webgpu/probe.ts');
    return mayHaveGpu() ? gpuForAuto() : undefined;
  },
  webgpu: async ({ precision }, known) => {
    const { probeGpu } = await import('./webgpu/probe.ts');
    const { WebGpuDevice } = await import('./webgpu/webgpu-device.ts');
    const found = known ?? (await probeGpu());
    if (precision === 'float16' && !found.hasFloat16) throw withoutFloat16(found.name);
    return new WebGpuDevice({ found, precision: precision !== 'float32' && found.hasFloat16 ? 'float16' : 'float32' });
  },
  cpu: async ({ threads }) => new (await import('./cpu/cpu-device.ts')).CpuDevice(threads ? { threads } : {}),
  'cpu-binding': async ({ threads }) =>
    new (await import('./binding/binding-device.ts')).BindingDevice(threads ? { threads } : {}),
};

/** The devices of a machine whose GPU was looked for before: another look would take another process. */
export const openersFor = (found: FoundGpu): DeviceOpeners => ({
  ...OPENERS,
  webgpu: (options) => OPENERS.webgpu(options, found),
});

/**
 * Opens a device. `auto` takes a GPU where a real one answers, and the processor elsewhere, saying so where a GPU does not work; there it falls back on the stock binding where ONNX Runtime's C API cannot be called, and says so.
 * @param openers `openersFor` a GPU that is known, or a test's.
 * @throws UserError when the device does not open.
 * @example
 * const device = await openDevice({ device: 'auto' }, monitor);
 */
export async function openDevice(
  { device, threads, precision = 'float32' }: DeviceRequest,
  monitor: Monitor,
  openers: DeviceOpeners = OPENERS,
): Promise<Device> {
  const options = { ...(typeof threads === 'number' && { threads }), precision };
  if (precision === 'float16' && isOnProcessor(device)) throw withoutFloat16('the processor');
  if (device !== 'auto') return explaining(device, () => openers[device](options));
  const found = await openers.findGpu().catch((error: unknown) => {
    if (precision === 'float16') throw error;
    monitor.note(`${messageOf(error)}; using the processor`);
    return undefined;
  });
  if (found) {
    try {
      return await explaining('webgpu', () => openers.webgpu(options, found));
    } catch (error) {
      if (precision === 'float16') throw error;
      monitor.note(`${messageOf(error)}; using the processor`);
    }
  }
  if (precision === 'float16') throw withoutFloat16('the processor');
  try {
    return await explaining('cpu', () => openers.cpu(options));
  } catch (error) {
    const fallback = await openers['cpu-binding'](options).catch(() => undefined);
    if (!fallback) throw error;
    monitor.note(`${messageOf(error)}; using the slower ${fallback.name}`);
    return fallback;
  }
}

const withoutFloat16 = (what: string): UserError =>
  new UserError(`${what} does not compute in float16`, {
    where: '--precision',
    remedy: 'leave it out for float32, or choose auto: float16 where the device has it',
  });

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
