import { describe, expect, test } from 'vitest';
import { KNOWN_MODELS, modelNeeds } from './model-needs.ts';

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
    expect(modelNeeds(large, { ...shape, budget: total, isOnGpu: true }).training.microBatchTotal).toBe(total);
    const parts = { ...shape, budget: 0.9 * total };
    const { microBatch, microBatchTotal } = modelNeeds(large, parts).training;
    const onGpu = modelNeeds(large, { ...parts, isOnGpu: true }).training;
    expect(onGpu).toMatchObject({ microBatch, microBatchTotal: microBatchTotal + state / 4 });
  });

  test('is refused where not even one row fits', () => {
    expect(modelNeeds(large, { ...shape, budget: 12e9 }).training.microBatch).toBeNull();
  });

  test('needs less with checkpointing, and least with adapters', () => {
    const { total } = modelNeeds(large, shape).training;
    const checkpointed = modelNeeds(large, { ...shape, checkpointing: true }).training;
    expect(checkpointed.activations).toBeLessThan((total - checkpointed.state) / 3);
    const adapters = modelNeeds(large, { ...shape, loraRank: 8 });
    expect(adapters.training.state).toBeLessThan(checkpointed.state / 3);
    expect(adapters.trainingCheckpoint).toBeLessThan(adapters.modelFile / 10);
  });
});
