import { expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { configure } from '../dare/presets.ts';
import { memoryToRun } from '../nn/model-memory.ts';
import { PROGRAM } from '../runtime/training-memory.ts';
import { poolNeeds } from './pool-memory.ts';

const generator = parseModelConfig({ model_type: 'gpt2', n_embd: 1280, n_layer: 36, n_head: 20 }, 'test');
if (generator.model_type !== 'gpt2') throw new Error('unreachable');
const classifier = parseModelConfig({ model_type: 'bert' }, 'test');
const PLACE = { memory: 16e9, isOnGpu: false };
const bytesWith = (filter: object) =>
  poolNeeds(
    configure({ corpus: { path: 'corpus' }, generator: { model: 'gpt2-large' }, filter }),
    { generator, classifier },
    PLACE,
  ).bytes;

test('beside the generator that writes a pool there is the largest model that its filters ask', () => {
  const writing = bytesWith({});
  const judge = memoryToRun(classifier, { batch: 32, sequence: 128 }) - PROGRAM;
  expect(bytesWith({ consistency: 'drop' })).toBe(writing + judge);
  // The weights that the generator began with, once more; logits of some thousand positions and their softmax.
  const untuned = bytesWith({ perplexityBand: 0.9 }) - writing;
  expect(untuned).toBeGreaterThan(4 * 774e6 + 2 ** 30);
  expect(untuned).toBeLessThan(4 * 774e6 + 1.5 * 2 ** 30);
  expect(bytesWith({ consistency: 'drop', perplexityBand: 0.9 })).toBe(writing + untuned);
});
