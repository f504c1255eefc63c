/**
 * The program of a worker process: does the tasks that it is sent, one after the other, and reports on them.
 *
 * It lives no longer than the run that started it. Ctrl-C reaches it from the terminal as well as through the run; either way it stops where
 * nothing is lost.
 */
import { explainFileError } from '../foundation/errors.ts';
import { leave } from '../foundation/leaving.ts';
import { Monitor } from '../foundation/progress.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import { OpenedDevices } from './devices.ts';
import type { ExecutionSettings } from './executor.ts';
import { LocalExecutor } from './local-executor.ts';
import type { Task } from './task.ts';
import { failureOf } from './worker-messages.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Milliseconds between two steps that are reported: a stage may take thousands a second. */
const STEP_INTERVAL = 50;

const stopping = new AbortController();
let devices: OpenedDevices | undefined;
let reportedAt = -Infinity;

const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message);
};
const monitor = new Monitor((event: ProgressEvent) => {
  if (event.kind === 'step') {
    const now = performance.now();
    if (now - reportedAt < STEP_INTERVAL && event.done < event.total) return;
    reportedAt = now;
  }
  send({ kind: 'progress', event });
}, stopping.signal);

async function work(task: Task, settings: ExecutionSettings): Promise<void> {
  try {
    devices ??= new OpenedDevices(settings, monitor);
    await new LocalExecutor(settings, devices, monitor).execute(task);
    send({ kind: 'done', heldBytes: process.memoryUsage.rss() });
  } catch (error) {
    send({ kind: 'failed', failure: failureOf(explainFileError(error)) });
  }
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stopping.abort();
  else void work(message.task, message.settings);
});
process.on('disconnect', () => leave(0));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort());
