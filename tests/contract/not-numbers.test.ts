/** A model whose weights or results are no numbers, or that overflows in halves, is an error and not a sentence, a class or a probability. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifyTexts } from '../../src/classification/classify-texts.ts';
import { scoreTexts } from '../../src/classification/score-texts.ts';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { EnsemblePredictor } from '../../src/deployment/ensemble-predictor.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { Resources } from '../../src/foundation/resources.ts';
import { perplexities } from '../../src/generation/perplexity.ts';
import { sampleTexts } from '../../src/generation/sample.ts';
import { loadWeights, openBert, openGpt2 } from '../../src/nn/model.ts';
import { HeldOutText } from '../../src/pretraining/held-out.ts';
import { causalObjective, maskedObjective } from '../../src/pretraining/objective.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../../src/runtime/device.ts';
import { devices, isWanted } from '../support/devices.ts';
import { HalfDevice } from '../support/half-device.ts';

const TEXT = 'DRUG caused DISEASE .';

let root: string;
/** By kind: a model, the same with weights of which products are too large for any number, and for halves. */
const folders = { bert: { whole: '', vast: '', large: '' }, gpt2: { whole: '', vast: '', large: '' } };
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-not-numbers-'));
  const size = { layers: 1, hiddenSize: 16, heads: 2, vocabulary: 300, maxLength: 32 };
  for (const kind of ['bert', 'gpt2'] as const) {
    const whole = join(root, kind);
    await writeRandomModel(whole, { kind, ...size, texts: [TEXT], seed: 3 });
    folders[kind] = { whole, vast: await changed(whole, (x) => 1e20 * x), large: await changed(whole, (x) => 4e4 * x) };
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

/** As a pretraining measures it. */
async function heldOutLoss(device: Device, kind: keyof typeof folders, folder: string): Promise<number | undefined> {
  const rows = { length: 16, rowsAtOnce: 2 };
  const open = async () => {
    if (kind === 'bert') {
      const model = await openBert(folder);
      return { model, objective: maskedObjective(model.config, model.tokenizer, rows.length) };
    }
    const model = await openGpt2(folder);
    return { model, objective: causalObjective(model.config, model.tokenizer, rows.length) };
  };
  const { model, objective } = await open();
  const held = new Resources();
  try {
    const options = { trainable: false, optional: objective.optional, seed: 1 };
    const { parameters } = await loadWeights(device, model, objective.scoring(), options);
    held.add(parameters);
    const texts = [`${TEXT} ${TEXT} ${TEXT}`];
    const text = held.add(await HeldOutText.create(device, parameters, texts, model.tokenizer, objective, rows));
    return (await text.measure(monitor, () => undefined)).loss;
  } finally {
    await held.dispose();
  }
}

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

  test.each(WORK)('%s with weights that are far too large', async (_, kind, work) => {
    const { vast } = folders[kind];
    await expect(work(device, vast)).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 1,
      message: `${vast}: the model’s results are not finite numbers (choose another model, or another checkpoint of this one)`,
    });
  });

  test.each(['bert', 'gpt2'] as const)('the loss of a %s on held-out text is none then', async (kind) => {
    const { whole, vast } = folders[kind];
    expect(await heldOutLoss(device, kind, whole)).toBeGreaterThan(0);
    expect(await heldOutLoss(device, kind, vast)).toBeNaN();
  });
});

test.each([
  ['gpt2', 'transformer.h.0.attn.c_attn.weight'],
  ['bert', 'bert.encoder.layer.0.attention.self.key.weight'],
] as const)('a %s with one number that is none: its tensor is named', async (kind, tensor) => {
  const folder = `${folders[kind].whole} one`;
  await cp(folders[kind].whole, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const bytes = await readFile(path);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: [number, number] }>;
  const name = Object.keys(header).find((each) => tensor.endsWith(each))!;
  bytes.writeFloatLE(NaN, start + header[name]!.data_offsets[0]);
  await writeFile(path, bytes);
  const [, , work] = WORK.find(([, each]) => each === kind)!;
  const device = new CpuDevice({ threads: 1 });
  await expect(work(device, folder)).rejects.toMatchObject({
    name: 'UserError',
    message: `${path}: tensor ${name} holds numbers that are not finite (choose another model, or another checkpoint of this one)`,
  });
  await device.close();
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
