import { expect, test } from 'vitest';
import { generatorEpochs } from './generator-epochs.ts';

const settings = { epochs: 5, minimumUpdates: 30, batchSize: 16, accumulation: 1 };

test.each([
  ['one batch: an epoch for each update', settings, 13, 30],
  ['four batches', settings, 50, 8],
  ['enough updates as it is', settings, 600, 5],
  ['batches that make one update count once', { ...settings, accumulation: 2 }, 50, 15],
  ['no least number: the epochs that were asked for', { ...settings, minimumUpdates: 0 }, 1, 5],
])('%s', (_, length, examples, epochs) => {
  expect(generatorEpochs(length, examples)).toBe(epochs);
});
