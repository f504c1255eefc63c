/** Gradient checkpointing changes memory and time, and no bit of a result. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseModelConfig } from '../../src/checkpoint/config.ts';
import type { BertConfig, ClassifierHead, ModelConfig } from '../../src/checkpoint/config.ts';
import { sha256 } from '../../src/foundation/hash.ts';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { decoderFeeds, encoderFeeds, entityFeeds, labelFeeds } from '../../src/nn/batch.ts';
import { bertClassifierTraining, bertPackedTraining } from '../../src/nn/bert.ts';
import { gpt2Training } from '../../src/nn/gpt2.ts';
import { initialize } from '../../src/nn/initialize.ts';
import { specificationsOf } from '../../src/nn/model.ts';
import { packedDecoderFeeds, packedEncoderFeeds } from '../../src/nn/packed-batch.ts';
import type { Device, Feeds } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import { tinyGpt2 } from '../support/tiny-models.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0.01 };
const DROPOUT = 0.3;

function tinyBert(head: ClassifierHead = 'cls'): BertConfig {
  const config = parseModelConfig(
    {
      model_type: 'bert',
      vocab_size: 13,
      hidden_size: 16,
      num_hidden_layers: 3,
      num_attention_heads: 2,
      intermediate_size: 24,
      max_position_embeddings: 12,
      initializer_range: 0.3,
      hidden_dropout_prob: DROPOUT,
      attention_probs_dropout_prob: DROPOUT,
      classifier_head: head,
    },
    'config.json',
  );
  if (config.model_type !== 'bert') throw new Error('not a BERT');
  return config;
}

const SHORT = [[1, 2, 3], [4], [5, 6]];
const LONG = [
  [7, 8, 9, 10, 11],
  [12, 0, 1, 1, 2, 3, 3],
];
const classified = (sequences: number[][]): Feeds => ({
  ...encoderFeeds(
    sequences.map((ids) => ({ ids })),
    0,
  ),
  ...labelFeeds(
    sequences.map((_, index) => index % 3),
    sequences.map(() => 0.2),
  ),
});
/** The head is a sequence's last token, the tail its first. */
const withEntities = (sequences: number[][]): Feeds => ({
  ...classified(sequences),
  ...entityFeeds(sequences.map((ids) => ({ head: ids.length - 1, tail: 0 }))),
});
const masked = (sequences: number[][]): Feeds =>
  packedEncoderFeeds(
    [sequences.map((ids) => ({ ids, predicted: [{ position: 0, label: 12 - ids[0]! }] }))],
    12,
    0.3,
    0,
  );

const MODELS: {
  name: string;
  config: ModelConfig;
  training: (checkpointing: boolean) => { graph: Graph; loss: Tensor };
  batches: readonly Feeds[];
}[] = [
  {
    name: 'GPT-2',
    config: tinyGpt2(DROPOUT),
    training: (checkpointing) => gpt2Training(tinyGpt2(DROPOUT), { checkpointing }),
    batches: [SHORT, LONG].map((sequences) => decoderFeeds(sequences, 0.1)),
  },
  {
    name: 'GPT-2 on packed rows',
    config: tinyGpt2(DROPOUT),
    training: (checkpointing) => gpt2Training(tinyGpt2(DROPOUT), { checkpointing, packed: true }),
    batches: [SHORT, LONG].map((sequences) => packedDecoderFeeds([sequences], 12, 0.1)),
  },
  {
    name: 'BERT’s classifier, with the last layer for the first position alone',
    config: tinyBert(),
    training: (checkpointing) => bertClassifierTraining(tinyBert(), 3, { checkpointing }),
    batches: [SHORT, LONG].map(classified),
  },
  {
    name: 'BERT’s classifier with entity markers, with the last layer for these positions alone',
    config: tinyBert('entity-markers'),
    training: (checkpointing) => bertClassifierTraining(tinyBert('entity-markers'), 3, { checkpointing }),
    batches: [
      [
        [1, 2, 3],
        [4, 4],
        [5, 6],
      ],
      LONG,
    ].map(withEntities),
  },
  {
    name: 'BERT’s masked language model on packed rows',
    config: tinyBert(),
    training: (checkpointing) => bertPackedTraining(tinyBert(), { checkpointing }),
    batches: [SHORT, LONG].map(masked),
  },
];

describe.each(devices)('gradient checkpointing on $name', ({ open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.close());

  /** Losses of two accumulated batches, and every gradient of their sum. */
  async function trained({ config, training, batches }: (typeof MODELS)[number], checkpointing: boolean) {
    const { graph, loss } = training(checkpointing);
    const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
    await initialize(parameters, config, 1);
    const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
    const losses: number[] = [];
    for (const [index, feeds] of batches.entries()) {
      losses.push((await program.accumulate(feeds, ['batch', index])).loss!.data[0]!);
    }
    const gradients: Record<string, string> = {};
    for (const { name } of parameters.specifications) gradients[name] = sha256(await program.gradient(name));
    await program.dispose();
    await parameters.dispose();
    return { losses, gradients };
  }

  test.each(MODELS)('$name: losses and gradients are those without, to the bit', async (model) => {
    expect(await trained(model, true)).toEqual(await trained(model, false));
  });
});
