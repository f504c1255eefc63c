import { expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { memoryToRun } from '../nn/model-memory.ts';
import { chooseBatch, samplingNeeds } from './sampling-batch.ts';

const config = parseModelConfig({ model_type: 'gpt2' }, 'test');
if (config.model_type !== 'gpt2') throw new Error('unreachable');

test('the batch is as large as memory allows, from two sentences to what helps', () => {
  const CAPACITY = 256;
  // Keys and values of 12 layers × 768 numbers and 50,257 logits, 4 bytes each.
  const sentence = 4 * (2 * 12 * 768 * CAPACITY + 50257);
  const batchIn = (memory: number) => chooseBatch(config, CAPACITY, { memory, isOnGpu: false });
  expect(batchIn(4 * 40 * sentence)).toBe(40);
  expect(batchIn(1e6)).toBe(2);
  expect(batchIn(1e12)).toBe(64);
  expect(chooseBatch(config, CAPACITY, { memory: 1e12, isOnGpu: true })).toBe(512);
  // The machine's memory says nothing of a GPU that does not tell its own.
  expect(chooseBatch(config, CAPACITY, { memory: 1e12, isOnGpu: true, isMemoryTold: false })).toBe(64);
});

test('weights, and their copy on a processor, come first: a large model writes fewer sentences at once, and all of it fits', () => {
  const large = parseModelConfig({ model_type: 'gpt2', n_embd: 1280, n_layer: 36, n_head: 20 }, 'test');
  if (large.model_type !== 'gpt2') throw new Error('unreachable');
  const needs = (memory: number, isOnGpu = false) =>
    samplingNeeds(large, { batchSize: null, maxTokens: 256 }, { memory, isOnGpu });
  const { batch, bytes } = needs(6.8e9);
  expect(batch).toBe(
    Math.floor((6.8e9 - memoryToRun(large, { batch: 0, sequence: 257 })) / (4 * (2 * 36 * 1280 * 257 + 50257))),
  );
  expect(batch).toBeGreaterThan(2);
  expect(bytes).toBeLessThanOrEqual(6.8e9);
  expect(needs(6.8e9, true).batch).toBeGreaterThan(batch);
  expect(needs(20e9).batch).toBe(Math.floor(5e9 / (4 * (2 * 36 * 1280 * 257 + 50257))));
  // Not even two fit: two it is all the same, and what that takes is told.
  expect(needs(5e9).batch).toBe(2);
  expect(needs(5e9).bytes).toBeGreaterThan(5e9);
});

test('in halves, weights and cache take half: what does not fit a GPU in float32 may do so', () => {
  const largest = parseModelConfig({ model_type: 'gpt2', n_embd: 1600, n_layer: 48, n_head: 25 }, 'test');
  if (largest.model_type !== 'gpt2') throw new Error('unreachable');
  const needs = (precision: 'float32' | 'float16') =>
    samplingNeeds(largest, { batchSize: null, maxTokens: 256 }, { memory: 5e9, isOnGpu: true, precision });
  expect(needs('float32').bytes).toBeGreaterThan(5e9);
  expect(needs('float16').bytes).toBeLessThanOrEqual(5e9);
  expect(needs('float16').batch).toBeGreaterThan(needs('float32').batch);
});
