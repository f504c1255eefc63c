import { expect, test } from 'vitest';
import { configure } from '../dare/presets.ts';
import { Monitor } from '../foundation/progress.ts';
import { planTrainings } from './micro-batches.ts';

/** What is chosen for models from random weights, and what is said of it. */
async function chosen(memory: number | null, settings: { memory?: number; accumulation?: number } = {}) {
  const { accumulation = 1, ...others } = settings;
  const notes: string[] = [];
  const monitor = new Monitor((event) => {
    if (event.kind === 'note') notes.push(event.text);
  });
  const configuration = configure({
    corpus: { path: 'corpus' },
    generator: {
      model: 'random',
      layers: 4,
      hiddenSize: 768,
      heads: 12,
      vocabulary: 50_000,
      batchSize: 16,
      accumulation,
    },
    classifier: { model: 'random' },
    ...others,
  });
  const none = { generator: undefined, classifier: undefined };
  const { generator, classifier } = await planTrainings(
    configuration,
    none,
    { name: memory === null ? 'cpu' : 'webgpu', memory },
    monitor,
  );
  return { generator: generator?.microBatch, classifier: classifier.microBatch, notes };
}

test('a batch that the machine holds is cut where the GPU’s own memory does not hold it, which is said', async () => {
  expect(await chosen(null)).toEqual({ notes: [] });
  const { generator, classifier, notes } = await chosen(4e9);
  expect(generator).toBeLessThan(16);
  expect(classifier).toBeUndefined();
  expect(notes).toEqual([
    expect.stringMatching(
      /^generator: a batch of 16 takes about .* of the GPU’s memory to train on; .* at a time \(.*\) fit into 3\.4 GB$/,
    ),
  ]);
});

test('a GPU that is too small for a single example is named, and so is the way to do without it', async () => {
  const refused = async (memory: number | null, settings = {}): Promise<unknown> =>
    chosen(memory, settings).catch((error: unknown) => error);
  expect(await refused(1e9)).toMatchObject({
    message: expect.stringMatching(
      /^generator: training needs about .* of the GPU’s memory for a single example, and may take .* \(use .*, or allow more \(--memory\), or choose --device cpu\)$/,
    ) as string,
  });
  expect(await refused(null, { memory: 1 })).toMatchObject({
    message: expect.stringMatching(/needs about .* of memory for .*, or allow more \(--memory\)\)$/) as string,
  });
});

test('gradients of several batches need room on a GPU beside the sums so far', async () => {
  const gigabytes = async (accumulation: number): Promise<number> =>
    Number(/takes about ([\d.]+) GB/.exec((await chosen(4e9, { accumulation })).notes[0]!)![1]);
  const gradients = (4 * 12 * 768 ** 2 + 50_000 * 768) * 4e-9;
  expect((await gigabytes(2)) - (await gigabytes(1))).toBeCloseTo(gradients, 0.7);
});

test('what the user says a training may take counts on every device', async () => {
  const [machine, gpu] = await Promise.all([chosen(null, { memory: 2.8 }), chosen(80e9, { memory: 3.3 })]);
  expect(machine.generator).toBeLessThan(16);
  expect(gpu.generator).toBeLessThan(16);
});
