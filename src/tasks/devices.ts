/**
 * The devices of a process that does tasks: one for each number of threads that tasks ask for, opened when the first one asks.
 *
 * On a processor the number of threads decides how a matrix product is divided, and so how it is rounded: it belongs to a task, and not to
 * the process that happens to do it. A GPU is one device whatever is asked for.
 */
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import { isOnProcessor, openDevice, openersFor } from '../runtime/open-device.ts';
import type { DeviceChoice, DeviceOpeners, PrecisionChoice } from '../runtime/open-device.ts';
import type { FoundGpu } from '../runtime/webgpu/probe.ts';

export interface Devices {
  /** @throws UserError when the device does not open. */
  get(threads: number): Promise<Device>;
  close(): Promise<void>;
}

/** Devices that are opened here, and closed by `close`. */
export class OpenedDevices implements Devices {
  readonly #choice: DeviceChoice;
  readonly #precision: PrecisionChoice;
  readonly #monitor: Monitor;
  readonly #openers: DeviceOpeners | undefined;
  readonly #opened = new Map<number, Promise<Device>>();
  #first: Promise<Device> | undefined;

  /** @param request.gpu where it was looked for before. */
  constructor(
    {
      device = 'auto',
      precision = 'float32',
      gpu,
    }: { device?: DeviceChoice; precision?: PrecisionChoice; gpu?: FoundGpu | undefined },
    monitor: Monitor,
  ) {
    this.#choice = device;
    this.#precision = precision;
    this.#monitor = monitor;
    this.#openers = gpu && openersFor(gpu);
  }

  async get(threads: number): Promise<Device> {
    this.#first ??= this.#open(this.#choice, threads);
    const { name } = await this.#first;
    // What `auto` came to is not looked for again.
    return isOnProcessor(name) ? (this.#opened.get(threads) ?? this.#open(name, threads)) : this.#first;
  }

  async close(): Promise<void> {
    for (const opened of await Promise.allSettled(this.#opened.values())) {
      if (opened.status === 'fulfilled') await opened.value.close();
    }
  }

  #open(choice: DeviceChoice, threads: number): Promise<Device> {
    const opening = openDevice({ device: choice, threads, precision: this.#precision }, this.#monitor, this.#openers);
    this.#opened.set(threads, opening);
    return opening;
  }
}

/** A device that the caller opened, and closes, for all tasks. */
export function givenDevice(device: Device): Devices {
  return { get: () => Promise.resolve(device), close: () => Promise.resolve() };
}
