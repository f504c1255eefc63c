/** Held-out text is measured within the memory of the training, and means the same however many rows are run at once. */
import { afterAll, expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { Monitor } from '../foundation/progress.ts';
import { initialize } from '../nn/initialize.ts';
import { specificationsOf } from '../nn/model.ts';
import { trainByteLevelBpe, trainWordPiece } from '../text/vocabulary-training.ts';
import { WatchedDevice } from '../../tests/support/watched-device.ts';
import { HeldOutText } from './held-out.ts';
import { causalObjective, maskedObjective } from './objective.ts';
import type { Objective } from './objective.ts';

const device = new WatchedDevice(({ segments }) => segments!.shape[0]!);
afterAll(() => device.close());

const LENGTH = 16;
const TEXTS = Array.from({ length: 11 }, (_, index) => `aspirin caused nausea in patient ${index} of the ward`);

const wordPiece = trainWordPiece(TEXTS, { vocabularySize: 80, lowercase: true });
const bert = parseModelConfig(
  {
    ...{ model_type: 'bert', hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32 },
    ...{ max_position_embeddings: LENGTH, vocab_size: wordPiece.vocabularySize },
  },
  'test',
);
const bpe = trainByteLevelBpe(TEXTS, { vocabularySize: 300 });
const gpt2 = parseModelConfig(
  { model_type: 'gpt2', n_embd: 16, n_layer: 1, n_head: 2, n_positions: LENGTH, vocab_size: bpe.vocabularySize },
  'test',
);
if (bert.model_type !== 'bert' || gpt2.model_type !== 'gpt2') throw new Error('other models');

/** Figures, texts that are filled in, and how many rows each run had. */
async function measured(objective: Objective, rowsAtOnce: number) {
  const [config, tokenizer] = objective.name === 'masked' ? [bert, wordPiece] : [gpt2, bpe];
  const parameters = await device.createParameters(specificationsOf(objective.scoring()), { trainable: false });
  await initialize(parameters, config, 1);
  device.rows = [];
  const sizes = { length: LENGTH, rowsAtOnce };
  const heldOut = await HeldOutText.create(device, parameters, TEXTS, tokenizer, objective, sizes);
  try {
    const parts: number[] = [];
    const figures = await heldOut.measure(new Monitor(), (part) => parts.push(part));
    expect(parts.at(-1)).toBe(1);
    const texts = objective.name === 'masked' ? await heldOut.fillIn(tokenizer, 5) : [];
    return { figures, texts, rows: device.rows };
  } finally {
    await heldOut.dispose();
    await parameters.dispose();
  }
}

test.each([maskedObjective(bert, wordPiece, LENGTH), causalObjective(gpt2, bpe, LENGTH)])(
  '$name: no more rows than the training runs, of the same masks',
  async (objective) => {
    const [whole, more, parts] = [
      await measured(objective, 8),
      await measured(objective, 64),
      await measured(objective, 3),
    ];
    expect(more).toEqual(whole);
    expect(Math.max(...whole.rows)).toBe(8);
    expect(Math.max(...parts.rows)).toBe(3);
    expect(parts.texts).toEqual(whole.texts);
    for (const [name, value] of Object.entries(whole.figures)) expect(parts.figures[name]).toBeCloseTo(value, 4);
  },
);
