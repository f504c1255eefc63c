import { expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { chooseBatch } from './sampling-batch.ts';

const config = parseModelConfig({ model_type: 'gpt2' }, 'test');
if (config.model_type !== 'gpt2') throw new Error('unreachable');

test('the batch is as large as memory allows, from two sentences to what helps', () => {
  const gpt2 = config;
  const CAPACITY = 256;
  // Keys and values of 12 layers × 768 numbers and 50,257 logits, 4 bytes each.
  const sentence = 4 * (2 * 12 * 768 * CAPACITY + 50257);
  expect(chooseBatch(gpt2, CAPACITY, 4 * 10 * sentence)).toBe(10);
  expect(chooseBatch(gpt2, CAPACITY, 1e6)).toBe(2);
  expect(chooseBatch(gpt2, CAPACITY, 1e12)).toBe(64);
});
