import { expect, test } from 'vitest';
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
    expect(activations(8, 128)).toBeCloseTo(2 * activations(4, 128), -1);
    expect(activations(4, 256)).toBeGreaterThan(2 * activations(4, 128));
    const { parameters, training, inference } = modelNeeds(config, { batch: 4, length: 128 });
    expect(training.state).toBe(16 * parameters);
    expect(training.total).toBeGreaterThan(training.state + training.activations);
    expect(inference).toBeLessThan(training.total);
  }
});
