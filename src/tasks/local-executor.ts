/** Tasks done in this process, one at a time. */
import { Monitor } from '../foundation/progress.ts';
import type { Devices } from './devices.ts';
import { executeTask } from './execute.ts';
import type { Capacity, TaskExecutor, TaskSettings } from './executor.ts';
import { TaskStore } from './store.ts';
import { threadsOf } from './task.ts';
import type { Task } from './task.ts';

export class LocalExecutor implements TaskExecutor {
  readonly capacity: Capacity = { tasks: 1, threads: Infinity };
  readonly #settings: TaskSettings;
  readonly #devices: Devices;
  readonly #monitor: Monitor;
  readonly #stopping = new AbortController();

  /** @param devices which stay open. */
  constructor(settings: TaskSettings, devices: Devices, monitor: Monitor) {
    this.#settings = settings;
    this.#devices = devices;
    const signals = [this.#stopping.signal, ...(monitor.signal ? [monitor.signal] : [])];
    this.#monitor = new Monitor((event) => monitor.report(event), AbortSignal.any(signals));
  }

  async execute(task: Task): Promise<void> {
    const device = await this.#devices.get(threadsOf(task));
    await executeTask(task, {
      ...this.#settings,
      store: new TaskStore(this.#settings.store),
      device,
      monitor: this.#monitor,
    });
  }

  stop(): void {
    this.#stopping.abort();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
