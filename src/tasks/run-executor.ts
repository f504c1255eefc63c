/** What does the tasks of a run, or of several: this process or others. */
import type { Monitor } from '../foundation/progress.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import type { Devices } from './devices.ts';
import type { TaskExecutor, TaskSettings } from './executor.ts';
import { LocalExecutor } from './local-executor.ts';
import type { PlannedRun } from './planned-run.ts';
import { KEPT_BYTES, WorkerProcesses } from './worker-processes.ts';

export interface RunExecutorOptions {
  /** Tasks that are still to be done. */
  readonly missing: number;
  readonly settings: TaskSettings;
  /** This process's. */
  readonly devices: Devices;
  /** A device was given to do everything on: it is this process's. */
  readonly isGiven: boolean;
  readonly monitor: Monitor;
}

/**
 * Other processes where several tasks are done at once. Also where a task takes much memory, of the machine or a GPU: a process gives it back when it ends, and where there is too
 * little of it, or a graphics driver crashes, it is that process that dies. What a process holds of a GPU does not show in its size: there it
 * ends after every task of such a run, and one task alone has one too.
 */
export function executorFor(
  run: Pick<PlannedRun, 'workers' | 'heaviestBytes' | 'device' | 'gpu' | 'precision' | 'configuration'>,
  { missing, settings, devices, isGiven, monitor }: RunExecutorOptions,
): TaskExecutor {
  const { workers, heaviestBytes, device, gpu, precision, configuration } = run;
  const isHeavy = heaviestBytes > KEPT_BYTES;
  const isHeavyOnGpu = isHeavy && !isOnProcessor(device);
  const severalAtOnce = missing > 1 && (workers > 1 || isHeavy);
  if (isGiven || missing === 0 || !(severalAtOnce || isHeavyOnGpu))
    return new LocalExecutor(settings, devices, monitor);
  const chosen = configuration.workers !== null;
  const keptBytes = isHeavyOnGpu ? 0 : KEPT_BYTES;
  return new WorkerProcesses({ ...settings, device, gpu, precision }, monitor, { workers, chosen, keptBytes });
}
