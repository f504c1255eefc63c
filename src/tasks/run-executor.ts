/** What does the tasks of a run, or of several: this process or others. */
import type { Monitor } from '../foundation/progress.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import type { Devices } from './devices.ts';
import type { ExecutionSettings, TaskExecutor } from './executor.ts';
import { LocalExecutor } from './local-executor.ts';
import type { PlannedRun } from './planned-run.ts';
import { KEPT_BYTES, WorkerProcesses } from './worker-processes.ts';

export interface RunExecutorOptions {
  /** Tasks that are still to be done. */
  readonly missing: number;
  readonly settings: Omit<ExecutionSettings, 'device' | 'precision'>;
  /** This process's. */
  readonly devices: Devices;
  /** A device was given to do everything on: it is this process's. */
  readonly isGiven: boolean;
  readonly monitor: Monitor;
}

/**
 * Other processes where several tasks are done at once. Also where a task takes much memory of the machine: a process gives it back when it ends, and where there is too
 * little of it, it is that process that dies.
 */
export function executorFor(
  run: Pick<PlannedRun, 'workers' | 'heaviestBytes' | 'device' | 'precision' | 'configuration'>,
  { missing, settings, devices, isGiven, monitor }: RunExecutorOptions,
): TaskExecutor {
  const { workers, heaviestBytes, device, precision, configuration } = run;
  const isHeavy = isOnProcessor(device) && heaviestBytes > KEPT_BYTES;
  if (isGiven || missing < 2 || (workers < 2 && !isHeavy)) return new LocalExecutor(settings, devices, monitor);
  const chosen = configuration.workers !== null;
  return new WorkerProcesses({ ...settings, device, precision }, monitor, { workers, chosen });
}
