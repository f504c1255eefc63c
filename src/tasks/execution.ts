/** What doing a task is: the shape of its function, what it is given, and where it finds its inputs. */
import { join } from 'node:path';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import type { TaskSettings } from './executor.ts';
import type { TaskStore } from './store.ts';
import type { Task } from './task.ts';

/** What all tasks of a process are given. */
export interface Execution extends Omit<TaskSettings, 'store'> {
  readonly store: TaskStore;
  readonly device: Device;
  readonly monitor: Monitor;
}

/** Fills `output`, the folder of the result; `work` is for what an unfinished task keeps. */
export type Executor = (task: Task, output: string, work: string, execution: Execution) => Promise<void>;

/** The folder of an input's result. */
export function inputOf(task: Task, role: string, { store }: Execution): string {
  const input = task.inputs[role];
  if (!input) throw new Error(`${task.name} has no input '${role}'`);
  return store.folder(input);
}

/** The model folder that a training starts from. */
export function baseOf(task: Task, pretrained: { folder: string } | null, execution: Execution): string {
  return pretrained ? pretrained.folder : join(inputOf(task, 'base', execution), 'model');
}
