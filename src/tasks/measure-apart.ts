/**
 * Measuring what a training costs in a process that then ends: what is measured takes a training's memory, and a process keeps most of that for itself
 * when the training is disposed of, on a GPU as well, where the trainings proper then need it.
 */
import { UserError } from '../foundation/errors.ts';
import type { Device } from '../runtime/device.ts';
import type { DeviceName } from '../runtime/open-device.ts';
import type { FoundGpu } from '../runtime/webgpu/probe.ts';
import { forkProgram } from './fork-program.ts';
import type { MeasuredTraining, TrainingTime } from './model-costs.ts';
import { errorOf } from './worker-messages.ts';
import type { Failure } from './worker-messages.ts';

/** What the other process is asked. */
export interface MeasuringRequest {
  readonly device: DeviceName;
  /** What was found out of the GPU, where that is the device. */
  readonly gpu?: FoundGpu | undefined;
  readonly training: MeasuredTraining;
  readonly tokens: number;
}

/** What it answers. */
export type MeasuringAnswer = { readonly time: TrainingTime } | { readonly failure: Failure };

/**
 * As `measureTraining`.
 * @throws UserError when the process dies of it.
 */
export async function measureApart(device: Device, training: MeasuredTraining, tokens: number): Promise<TrainingTime> {
  const child = forkProgram('measuring-process', 'ignore');
  const ended = new Promise<string>((resolve) => {
    child.once('error', () => resolve('it did not start'));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
  });
  let answer: MeasuringAnswer | undefined;
  child.once('message', (message: MeasuringAnswer) => {
    answer = message;
    child.disconnect();
  });
  const request: MeasuringRequest = { device: device.name as DeviceName, gpu: device.gpu, training, tokens };
  // Where it cannot be told anything, its end follows.
  child.send(request, () => undefined);
  const end = await ended;
  if (!answer) {
    throw new UserError(`the process that measured a training died (${end})`, {
      remedy: 'give a lower --memory, or choose a smaller model',
      exitCode: 1,
    });
  }
  if ('failure' in answer) throw errorOf(answer.failure);
  return answer.time;
}
