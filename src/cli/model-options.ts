/** The settings that all commands on one model share, and what they stand for. */
import { z } from 'zod';
import { resolveModel } from '../checkpoint/hub.ts';
import { modelChain } from '../checkpoint/peft-adapter.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import { DEVICE_CHOICES, openDevice, PRECISION_CHOICES } from '../runtime/open-device.ts';
import type { DeviceRequest } from '../runtime/open-device.ts';

/** To be spread into a command's schema. */
export const modelSettings = {
  model: z.string().min(1).describe('a model folder, or a name on the Hugging Face hub').meta({ placeholder: 'model' }),
  offline: z.boolean().default(false).describe('take named models from the cache only'),
  batch: z.int().min(1).default(16).describe('texts worked on at once'),
  device: z
    .enum(DEVICE_CHOICES)
    .default('auto')
    .describe('where the model runs (auto: a GPU where a real one answers)'),
  precision: z
    .enum(PRECISION_CHOICES)
    .default('float32')
    .describe('numbers that the model computes in (auto: float16 where the device has it)'),
  threads: z.int().min(1).optional().describe('processor threads; as many as there are when left out'),
};

export interface ModelSettings extends DeviceRequest {
  readonly model: string;
  readonly offline: boolean;
}

/**
 * Opens the device and finds the model's folder for as long as the work takes.
 * @throws UserError when the model is not found or the device does not open.
 */
export async function withModel(
  { model, offline, ...request }: ModelSettings,
  monitor: Monitor,
  work: (device: Device, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await resolveModel(model, { offline, monitor });
  // An adapter's base is fetched here, where it is known whether it may be.
  await modelChain(folder, { offline, monitor });
  await withDevice(request, monitor, (device) => work(device, folder));
}

/** Opens the device for as long as the work takes. @throws UserError when it does not open. */
export async function withDevice(
  request: DeviceRequest,
  monitor: Monitor,
  work: (device: Device) => Promise<void>,
): Promise<void> {
  const device = await openDevice(request, monitor);
  try {
    await work(device);
  } finally {
    await device.close();
  }
}
