import { expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { Monitor } from '../foundation/progress.ts';
import { trainByteLevelBpe } from '../text/vocabulary-training.ts';
import { complete, pretrainingSchema } from './configuration.ts';
import { chooseRows } from './memory.ts';
import { causalObjective } from './objective.ts';

const LENGTH = 64;
const bpe = trainByteLevelBpe(['abc'], { vocabularySize: 300 });
const config = parseModelConfig({ model_type: 'gpt2', vocab_size: bpe.vocabularySize }, 'test');
if (config.model_type !== 'gpt2') throw new Error('unreachable');
const objective = causalObjective(config, bpe, LENGTH);

/** Rows at once of a GPT-2 of 86 million weights. */
function rows(device: { name: string; memory: number | null }, memory: number | null): number {
  const configuration = pretrainingSchema.parse({
    ...{ objective: 'causal', text: ['text'], tokenizer: 'bpe', tokens: 1000 },
    ...{ length: LENGTH, batchSize: 8, memory },
  });
  return chooseRows(objective, complete(configuration), device, new Monitor());
}

test('where not one row fits, it is said how to allow more, and on a GPU how to do without it', () => {
  expect(rows({ name: 'webgpu', memory: 16e9 }, null)).toBe(8);
  expect(() => rows({ name: 'webgpu', memory: 1e9 }, null)).toThrow(
    /^pretrain: training needs about .* of the GPU’s memory for a single example, .*, or allow more \(--memory\), or choose --device cpu\)$/,
  );
  expect(() => rows({ name: 'cpu', memory: null }, 1)).toThrow(/ of memory for .*, or allow more \(--memory\)\)$/);
});
