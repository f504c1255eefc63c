import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSettings } from '../dare/configuration.ts';
import { configure } from '../dare/presets.ts';
import { Monitor } from '../foundation/progress.ts';
import { CpuDevice } from '../runtime/cpu/cpu-device.ts';
import { parseModelConfig } from '../checkpoint/config.ts';
import { samplingNeeds } from '../generation/sampling-batch.ts';
import { givenDevice } from './devices.ts';
import { chooseEngines } from './engines.ts';
import { planTrainings } from './micro-batches.ts';

let device: CpuDevice;
beforeAll(() => {
  device = new CpuDevice({ threads: 1 });
});
afterAll(() => device.close());

/** What is chosen for two small models, of which a training takes some 0.3 GB. They have a thread each. */
async function chosen(settings: { memory: number; workers?: number; threads?: number }) {
  const { workers, trainings, notes } = await choose(settings);
  return { workers, batches: [trainings.generator?.microBatch, trainings.classifier.microBatch], notes };
}

const SIZE = { model: 'random', layers: 1, hiddenSize: 32, heads: 2, vocabulary: 400 };

async function choose(settings: Omit<RunSettings, 'corpus'>) {
  const notes: string[] = [];
  const monitor = new Monitor((event) => {
    if (event.kind === 'note') notes.push(event.text);
  });
  const configuration = configure({ corpus: { path: 'corpus' }, generator: SIZE, classifier: SIZE, ...settings });
  const none = { generator: undefined, classifier: undefined };
  const trainings = await planTrainings(configuration, none, device, monitor);
  const run = { relations: 4, trainings, memory: null };
  const engines = await chooseEngines(configuration, run, none, givenDevice(device), monitor);
  return { ...engines, trainings, notes };
}

test('where trainings do not fit side by side there are fewer at once, and each runs as much of a batch as alone', async () => {
  expect(await chosen({ memory: 0.5 })).toEqual({ workers: 1, batches: [undefined, undefined], notes: [] });
  // Three of them fit into that, and a fourth does not.
  const { workers, batches } = await chosen({ memory: 1, threads: 1 });
  expect({ workers, batches }).toEqual({
    workers: Math.min(3, availableParallelism()),
    batches: [undefined, undefined],
  });
});

test('--workers is taken at its word, and said to need more than --memory allows', async () => {
  expect(await chosen({ memory: 0.5, workers: 3 })).toEqual({
    workers: 3,
    batches: [undefined, undefined],
    notes: [
      expect.stringMatching(
        /^3 trainings side by side take up to [\d.]+ GB of memory, more than the 0\.5 GB that they may \(fewer --workers/,
      ),
    ],
  });
  expect((await chosen({ memory: 5, workers: 3 })).notes).toEqual([]);
});

test('as many sentences are written at once as the memory that a run may take has room for, and none are chosen where none are written', async () => {
  const part = { ...SIZE, microBatch: 1 };
  const batchWithin = async (memory: number) =>
    (await choose({ memory, generator: part, classifier: part })).samplingBatch;
  expect(await batchWithin(8)).toBe(64);
  // A sentence of 257 tokens has keys and values of 32 numbers each, and 400 logits.
  const sentence = 4 * (2 * 32 * 257 + 400);
  const gpt2 = parseModelConfig({ model_type: 'gpt2', n_layer: 1, n_embd: 32, n_head: 2, vocab_size: 400 }, 'test');
  if (gpt2.model_type !== 'gpt2') throw new Error('unreachable');
  const without = samplingNeeds(gpt2, { batchSize: 0, maxTokens: 256 }).bytes;
  expect(await batchWithin((without + 20.5 * sentence) / 1e9)).toBe(20);
  expect((await choose({ memory: 8, ensemble: { arms: ['gold'] } })).samplingBatch).toBeNull();
});

test('where the writing of sentences alone may take more than a run may, a line says so before anything is begun', async () => {
  const part = { ...SIZE, microBatch: 1 };
  const notesWithin = async (memory: number, sampling = {}) =>
    (await choose({ memory, generator: part, classifier: part, sampling })).notes;
  expect(await notesWithin(0.2)).toEqual([
    'writing 2 sentences at once takes about 0.3 GB of memory, more than the 0.2 GB that a run may (choose a smaller --generator-model, or allow more (--memory))',
  ]);
  expect(await notesWithin(0.2, { batchSize: 32 })).toEqual([
    expect.stringMatching(
      /^writing 32 sentences at once .* \(give a smaller --sampling-batch-size, or choose a smaller --generator/,
    ),
  ]);
  expect(await notesWithin(0.5)).toEqual([]);
});
