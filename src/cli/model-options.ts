/** The settings that all commands on one model share, and what they stand for. */
import { z } from 'zod';
import { resolveModel } from '../checkpoint/hub.ts';
import { isAdapterFolder, resolveBase } from '../checkpoint/peft-adapter.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';

/** To be spread into a command's schema. */
export const modelSettings = {
  model: z.string().min(1).describe('a model folder, or a name on the Hugging Face hub').meta({ placeholder: 'model' }),
  offline: z.boolean().default(false).describe('take named models from the cache only'),
  batch: z.int().min(1).default(16).describe('texts worked on at once'),
  threads: z.int().min(1).optional().describe('processor threads; as many as there are when left out'),
};

export interface ModelSettings {
  readonly model: string;
  readonly offline: boolean;
  readonly threads?: number | undefined;
}

/**
 * Opens the device and finds the model's folder for as long as the work takes.
 * @throws UserError when the model is not found or the device does not open.
 */
export async function withModel(
  { model, offline, threads }: ModelSettings,
  monitor: Monitor,
  work: (device: Device, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await resolveModel(model, { offline, monitor });
  // An adapter's base is fetched here, where it is known whether it may be.
  if (await isAdapterFolder(folder)) await resolveBase(folder, { offline, monitor });
  await withDevice(threads, (device) => work(device, folder));
}

/** Opens the device for as long as the work takes. @throws UserError when it does not open. */
export async function withDevice(threads: number | undefined, work: (device: Device) => Promise<void>): Promise<void> {
  const { CpuDevice } = await import('../runtime/cpu/cpu-device.ts');
  const device = new CpuDevice(threads === undefined ? {} : { threads });
  try {
    await work(device);
  } finally {
    await device.close();
  }
}
