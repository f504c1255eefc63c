import { describe, expect, test } from 'vitest';
import { configure } from '../dare/presets.ts';
import { Monitor } from '../foundation/progress.ts';
import { memoryBudget } from '../runtime/training-memory.ts';
import { planTrainings } from '../tasks/micro-batches.ts';
import { configOf } from '../tasks/surroundings.ts';
import { KNOWN_MODELS, modelNeeds, usualAccumulation } from './model-needs.ts';

/** Parameters as `transformers` counts them: `GPT2LMHeadModel`, and `BertForSequenceClassification` with two labels. */
test.each([
  ['gpt2', 124_439_808],
  ['gpt2-medium', 354_823_168],
  ['gpt2-large', 774_030_080],
  ['gpt2-xl', 1_557_611_200],
  ['bert-base', 109_483_778],
  ['bert-large', 335_143_938],
])('%s has %i parameters', (name, parameters) => {
  expect(modelNeeds(KNOWN_MODELS[name]!, { batch: 1, length: 1 }).parameters).toBe(parameters);
});

test('needs grow with the batch, and with the length faster than in proportion', () => {
  for (const config of Object.values(KNOWN_MODELS)) {
    const activations = (batch: number, length: number) => modelNeeds(config, { batch, length }).training.activations;
    const double = activations(8, 128) / activations(4, 128);
    expect(double).toBeGreaterThan(1.7);
    expect(double).toBeLessThanOrEqual(2);
    expect(activations(4, 256)).toBeGreaterThan(activations(8, 128));
    const { parameters, training, inference } = modelNeeds(config, { batch: 4, length: 128 });
    expect(training.state).toBe(16 * parameters);
    expect(training.total).toBeGreaterThan(training.state + training.activations);
    expect(inference).toBeLessThan(training.total);
  }
});

test('a GPU holds no copy of the weights to run a model, and sums of gradients beside them to train it', () => {
  const [processor, gpu] = [false, true].map((isOnGpu) =>
    modelNeeds(KNOWN_MODELS['gpt2-xl']!, { batch: 4, length: 128, accumulation: 2, isOnGpu }),
  );
  // Less what its buffers are larger than the weights in them.
  const saved = processor!.inference - gpu!.inference;
  expect(saved).toBeLessThan(4 * gpu!.parameters);
  expect(saved).toBeGreaterThan(3.5 * gpu!.parameters);
  expect(gpu!.training.total).toBeGreaterThan(processor!.training.total + 4 * gpu!.parameters);
});

describe('a training that may take so much', () => {
  const large = KNOWN_MODELS['gpt2-large']!;
  const shape = { batch: 32, length: 128 };

  test('runs the whole batch where it fits, else the largest half, quarter, ... that does', () => {
    const { total } = modelNeeds(large, shape).training;
    expect(modelNeeds(large, { ...shape, budget: total }).training).toMatchObject({
      microBatch: 32,
      microBatchTotal: total,
    });
    for (const budget of [0.9 * total, 20e9, 15e9]) {
      const { microBatch, microBatchTotal } = modelNeeds(large, { ...shape, budget }).training;
      expect([1, 2, 4, 8, 16]).toContain(microBatch);
      expect(microBatchTotal).toBeLessThanOrEqual(budget);
      const twice = modelNeeds(large, { batch: 2 * microBatch!, length: 128 }).training.total;
      expect(twice).toBeGreaterThan(0.95 * budget);
    }
  });

  test('on a GPU has parts of a batch, but no whole one, beside the sums of gradients so far', () => {
    const { total, state } = modelNeeds(large, shape).training;
    const whole = modelNeeds(large, { ...shape, isOnGpu: true }).training.total;
    expect(modelNeeds(large, { ...shape, budget: whole, isOnGpu: true }).training.microBatchTotal).toBe(whole);
    // Every buffer has one of certain sizes, the next one up.
    expect(whole).toBeGreaterThan(total);
    const part = modelNeeds(large, { ...shape, budget: 0.9 * whole, isOnGpu: true }).training;
    expect(part.microBatch).toBeLessThan(32);
    const alone = modelNeeds(large, { batch: part.microBatch!, length: 128, isOnGpu: true }).training;
    expect(part.microBatchTotal - alone.total).toBeGreaterThan(state / 4);
  });

  test('on a GPU has the sums beside whole batches as well, where an update takes several', () => {
    const { total: onProcessor } = modelNeeds(large, shape).training;
    const { total, state } = modelNeeds(large, { ...shape, isOnGpu: true }).training;
    const onGpu = { ...shape, isOnGpu: true, budget: total };
    expect(modelNeeds(large, { ...onGpu, accumulation: 1 }).training.microBatch).toBe(32);
    expect(modelNeeds(large, { ...onGpu, accumulation: 2 }).training.microBatch).toBe(16);
    const both = modelNeeds(large, { ...onGpu, accumulation: 2 }).training.total;
    expect(both).toBeGreaterThanOrEqual(total + state / 4);
    const enough = modelNeeds(large, { ...onGpu, budget: both, accumulation: 2 }).training;
    expect(enough).toMatchObject({ microBatch: 32, microBatchTotal: both });
    // The processor adds them up in place.
    expect(modelNeeds(large, { ...shape, budget: onProcessor, accumulation: 2 }).training.microBatch).toBe(32);
  });

  test.each([
    [1, 16],
    [2, 8],
  ])(
    'is told of as a run plans it on a GPU: with updates of %i batches %i rows at once',
    async (accumulation, rows) => {
      const size = { layers: 4, hiddenSize: 768, heads: 12, vocabulary: 50_000 };
      const generator = { model: 'random', ...size, batchSize: 16, accumulation };
      const classifier = { model: 'random' };
      const given = { corpus: { path: 'corpus' }, generator, classifier };
      const config = await configOf(configure(given), 'generator', undefined);
      // What whole batches need, with no sums of gradients beside them.
      const memory = modelNeeds(config, { batch: 16, length: 128, isOnGpu: true }).training.total / 1e9 + 0.001;
      const configuration = configure({ ...given, memory });
      const none = { generator: undefined, classifier: undefined };
      const planned = await planTrainings(configuration, none, { name: 'webgpu', memory: 80e9 }, new Monitor());
      expect(planned.generator?.microBatch ?? 16).toBe(rows);
      const told = modelNeeds(config, {
        batch: 16,
        length: configuration.generator.maxLength,
        accumulation,
        budget: memoryBudget(memory, 80e9),
        isOnGpu: true,
      });
      expect(told.training.microBatch).toBe(rows);
    },
  );

  test('is refused where not even one row fits', () => {
    expect(modelNeeds(large, { ...shape, budget: 12e9 }).training.microBatch).toBeNull();
  });

  test('needs less with checkpointing, and least with adapters', () => {
    const { total } = modelNeeds(large, shape).training;
    const checkpointed = modelNeeds(large, { ...shape, checkpointing: true }).training;
    expect(checkpointed.activations).toBeLessThan((total - checkpointed.state) / 3);
    const adapters = modelNeeds(large, { ...shape, loraRank: 8 });
    expect(adapters.training.state).toBeLessThan(checkpointed.state / 3);
    // What is written of a model that is trained so is its adapters alone.
    expect(adapters.modelFile).toBeLessThan(modelNeeds(large, shape).modelFile / 100);
    expect(adapters.trainingCheckpoint).toBe(3 * adapters.modelFile);
  });
});

test('updates have as many batches as in a run: two for a generator, one for a classifier', () => {
  expect(usualAccumulation(KNOWN_MODELS['gpt2']!)).toBe(2);
  expect(usualAccumulation(KNOWN_MODELS['bert-base']!)).toBe(1);
});
