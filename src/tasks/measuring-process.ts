/** The program of `measureApart`: measures one training, and ends when it is let go. */
import { explainMemoryError } from '../foundation/errors.ts';
import { leave } from '../foundation/leaving.ts';
import { Monitor } from '../foundation/progress.ts';
import { openDevice, openersFor } from '../runtime/open-device.ts';
import type { MeasuringAnswer, MeasuringRequest } from './measure-apart.ts';
import { measureTraining } from './model-costs.ts';
import { failureOf } from './worker-messages.ts';

async function answer({ device: name, gpu, training, tokens }: MeasuringRequest): Promise<MeasuringAnswer> {
  try {
    const device = await openDevice({ device: name, threads: training.threads }, new Monitor(), gpu && openersFor(gpu));
    return { time: await measureTraining(device, training, tokens) };
  } catch (error) {
    return { failure: failureOf(explainMemoryError(error)) };
  }
}

process.once('message', (request: MeasuringRequest) => {
  void answer(request).then((message) => {
    if (process.connected) process.send?.(message);
  });
});
process.on('disconnect', () => leave(0));
// Ctrl-C reaches it from the terminal: who asked stops when it has the answer.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
