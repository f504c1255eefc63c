/** A model whose results are no numbers, from damaged weights or in halves that overflow, is an error and not a sentence, a class or a probability. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifyTexts } from '../../src/classification/classify-texts.ts';
import { scoreTexts } from '../../src/classification/score-texts.ts';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { EnsemblePredictor } from '../../src/deployment/ensemble-predictor.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { perplexities } from '../../src/generation/perplexity.ts';
import { sampleTexts } from '../../src/generation/sample.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../../src/runtime/device.ts';
import { devices, isWanted } from '../support/devices.ts';
import { HalfDevice } from '../support/half-device.ts';

const TEXT = 'DRUG caused DISEASE .';

let root: string;
/** By kind: a model, the same with weights that are NaN, and with weights of which products are too large for halves. */
const folders = { bert: { whole: '', damaged: '', large: '' }, gpt2: { whole: '', damaged: '', large: '' } };
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-not-numbers-'));
  const size = { layers: 1, hiddenSize: 16, heads: 2, vocabulary: 300, maxLength: 32 };
  for (const kind of ['bert', 'gpt2'] as const) {
    const whole = join(root, kind);
    await writeRandomModel(whole, { kind, ...size, texts: [TEXT], seed: 3 });
    folders[kind] = { whole, damaged: await changed(whole, () => NaN), large: await changed(whole, (x) => 4e4 * x) };
  }
});
afterAll(() => rm(root, { recursive: true }));

/** A copy of a model folder with other weights. */
async function changed(folder: string, change: (weight: number) => number): Promise<string> {
  const copy = `${folder} ${change(1)}`;
  await cp(folder, copy, { recursive: true });
  const path = join(copy, 'model.safetensors');
  const bytes = await readFile(path);
  const start = 8 + Number(bytes.readBigUInt64LE());
  for (let at = start; at < bytes.length; at += 4) bytes.writeFloatLE(change(bytes.readFloatLE(at)), at);
  await writeFile(path, bytes);
  return copy;
}

const monitor = new Monitor();
const PLACEHOLDERS = [{ head: 'DRUG', tail: 'DISEASE' }];
const SAMPLING = { temperature: 1, topP: 1, minP: 0, repetitionPenalty: 1, maxWords: 5, maxTokens: 10 };

async function all<T>(generator: AsyncGenerator<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of generator) found.push(each);
  return found;
}

const sampling = (settings: { topK: number; temperature?: number }) => (device: Device, folder: string) =>
  all(sampleTexts(device, folder, { ...SAMPLING, ...settings, count: 2, seed: 1, prompts: [''], monitor }));

const WORK: [string, keyof typeof folders, (device: Device, folder: string) => Promise<unknown>][] = [
  ['sampling among the likeliest', 'gpt2', sampling({ topK: 5 })],
  ['sampling among all', 'gpt2', sampling({ topK: 0 })],
  ['taking the likeliest', 'gpt2', sampling({ topK: 0, temperature: 0 })],
  ['perplexities', 'gpt2', (device, folder) => perplexities(device, folder, [TEXT], { batchSize: 1, monitor })],
  ['classifying', 'bert', (device, folder) => all(classifyTexts(device, folder, [TEXT], { batchSize: 1, monitor }))],
  [
    'scoring',
    'bert',
    (device, folder) => scoreTexts(device, folder, [TEXT], { placeholders: PLACEHOLDERS, classes: 2, maxLength: 16 }),
  ],
  [
    'predicting',
    'bert',
    async (device, folder) => {
      const options = { relations: ['CID'], placeholders: PLACEHOLDERS, maxLength: 16, batchSize: 2, monitor };
      const ensemble = await EnsemblePredictor.open(device, [{ folder, threshold: 0.5 }], options);
      try {
        return await ensemble.predict([TEXT]);
      } finally {
        await ensemble.dispose();
      }
    },
  ],
];

describe.each(devices)('on $name', ({ open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.close());

  test.each(WORK)('%s with damaged weights', async (_, kind, work) => {
    const { damaged } = folders[kind];
    await expect(work(device, damaged)).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 1,
      message: `${damaged}: the model’s results are not finite numbers (choose another model, or another checkpoint of this one)`,
    });
  });
});

describe.runIf(isWanted('cpu'))('in halves', () => {
  test.each(WORK)('%s with weights too large for them: float32 is the way out', async (_, kind, work) => {
    const { large } = folders[kind];
    await expect(work(new HalfDevice(), large)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('too large for halves: use --precision float32, or choose another') as unknown,
    });
    const device = new CpuDevice({ threads: 1 });
    await work(device, large);
    await device.close();
  });
});
