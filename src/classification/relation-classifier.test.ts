import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRandomModel } from '../dare/random-model.ts';
import { Monitor } from '../foundation/progress.ts';
import { WatchedDevice } from '../../tests/support/watched-device.ts';
import { fineTuneClassifier } from './relation-classifier.ts';

const device = new WatchedDevice(({ inputIds }) => inputIds!.shape[1]!);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-classifier-'));
  const size = { layers: 1, hiddenSize: 16, heads: 2, vocabulary: 100, maxLength: 32 };
  await writeRandomModel(folder, { kind: 'bert', ...size, texts: ['DRUG caused DISEASE .'], seed: 3 });
});
afterAll(async () => {
  await device.close();
  await rm(folder, { recursive: true });
});

/** Probabilities, after a training that runs so many examples at once. */
async function fineTuned(microBatch: number | undefined): Promise<Float32Array[]> {
  const sentences = Array.from({ length: 40 }, (_, index) => ({
    text: `DRUG ${index % 2 ? 'caused' : 'cured'} DISEASE .`,
    label: index % 2,
  }));
  const settings = {
    ...{ epochs: 1, batchSize: 4, microBatch, accumulation: 1, learningRate: 1e-3, warmup: 0, maxGradientNorm: 1 },
    ...({ decay: 'linear', keep: 'best' } as const),
  };
  device.rows = [];
  const { probabilities } = await fineTuneClassifier(
    device,
    {
      ...{ base: folder, head: 'cls', relations: ['CID'], placeholders: [{ head: 'DRUG', tail: 'DISEASE' }] },
      ...{ addPlaceholderTokens: true, maxLength: 16, weightDecay: 0, checkpointing: false, settings },
      ...{ training: sentences.slice(0, 8), validation: sentences },
    },
    [sentences.map(({ text }) => text)],
    undefined,
    {
      ...{ stage: 'test', seed: 1, stream: ['test'], monitor: new Monitor(), checkpointSeconds: 1e9 },
      folder: join(folder, `work ${microBatch}`),
    },
  );
  return probabilities[0]!;
}

test('no more sentences are asked about at once than the training runs, where memory is short', async () => {
  const whole = await fineTuned(undefined);
  expect(Math.max(...device.rows)).toBe(32);
  const parts = await fineTuned(3);
  expect(Math.max(...device.rows)).toBe(3);
  expect(parts).toHaveLength(whole.length);
  parts.forEach((row, index) => row.forEach((value, place) => expect(value).toBeCloseTo(whole[index]![place]!, 4)));
});
