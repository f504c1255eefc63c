import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeRandomModel } from '../dare/random-model.ts';
import { Monitor } from '../foundation/progress.ts';
import { CpuDevice } from '../runtime/cpu/cpu-device.ts';
import { EnsemblePredictor } from './ensemble-predictor.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-ensemble-'));
  for (const name of ['a', 'b']) {
    const size = { layers: 1, hiddenSize: 16, heads: 2, vocabulary: 100, maxLength: 32 };
    await writeRandomModel(join(root, name), { kind: 'bert', ...size, texts: ['aspirin caused nausea .'], seed: 3 });
  }
});
afterAll(() => rm(root, { recursive: true }));

/** How often a member was loaded for two portions of sentences, on a device with so much memory of its own. */
async function loads(memory: number | null): Promise<number> {
  const device = Object.defineProperty(new CpuDevice({ threads: 1 }), 'memory', { value: memory });
  const made = vi.spyOn(device, 'createProgram');
  const members = ['a', 'b'].map((name) => ({ folder: join(root, name), threshold: 0.5 }));
  const ensemble = await EnsemblePredictor.open(device, members, {
    ...{
      relations: ['CID'],
      placeholders: [{ head: 'DRUG', tail: 'DISEASE' }],
      maxLength: 16,
      batchSize: 2,
      monitor: new Monitor(),
    },
  });
  await ensemble.probabilities(['DRUG caused DISEASE .']);
  await ensemble.probabilities(['DISEASE after DRUG .']);
  await ensemble.dispose();
  await device.close();
  return made.mock.calls.length;
}

test('members stay loaded where a GPU’s own memory holds them, however much the machine has', async () => {
  expect(await loads(1e9)).toBe(2);
  expect(await loads(1000)).toBe(4);
  expect(await loads(null)).toBe(2);
});
