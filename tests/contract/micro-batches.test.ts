/** A batch run in parts learns what the whole does: the same dropout, the same loss and gradients but for rounding. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseModelConfig } from '../../src/checkpoint/config.ts';
import type { BertConfig, ClassifierHead, ModelConfig } from '../../src/checkpoint/config.ts';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { decoderFeeds, encoderFeeds, entityFeeds, labelFeeds } from '../../src/nn/batch.ts';
import { bertClassifierTraining } from '../../src/nn/bert.ts';
import { gpt2Training } from '../../src/nn/gpt2.ts';
import { initialize } from '../../src/nn/initialize.ts';
import { specificationsOf } from '../../src/nn/model.ts';
import type { Device, Feeds } from '../../src/runtime/device.ts';
import { splitBatch } from '../../src/training/micro-batch.ts';
import { devices } from '../support/devices.ts';
import { largest, largestDifference } from '../support/reference.ts';
import { tinyGpt2 } from '../support/tiny-models.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0.01 };
function bert(dropout: number, head: ClassifierHead = 'cls'): BertConfig {
  const config = parseModelConfig(
    {
      model_type: 'bert',
      vocab_size: 13,
      hidden_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 24,
      max_position_embeddings: 12,
      initializer_range: 0.3,
      hidden_dropout_prob: dropout,
      attention_probs_dropout_prob: dropout,
      classifier_head: head,
    },
    'config.json',
  );
  if (config.model_type !== 'bert') throw new Error('not a BERT');
  return config;
}

/** The longest is not in the first part. */
const SEQUENCES = [
  [1, 2, 3],
  [4, 5],
  [7, 8, 9, 10, 11, 2, 2],
  [5, 6, 7, 1],
  [12, 0],
];

interface Model {
  readonly name: string;
  readonly config: ModelConfig;
  readonly training: () => { graph: Graph; loss: Tensor };
  readonly feeds: (sequences: readonly number[][]) => Feeds;
}

const classified = (sequences: readonly number[][]): Feeds => ({
  ...encoderFeeds(
    sequences.map((ids) => ({ ids })),
    0,
  ),
  ...labelFeeds(
    sequences.map(([first]) => first! % 3),
    sequences.map(() => 0.2),
  ),
});

/** A GPU's masks are a part's own. */
const dropoutOn = (device: string): number => (device === 'webgpu' ? 0 : 0.5);

const modelsOf = (dropout: number): readonly Model[] => [
  {
    name: 'GPT-2',
    config: tinyGpt2(dropout),
    training: () => gpt2Training(tinyGpt2(dropout)),
    feeds: (sequences) => decoderFeeds(sequences, 0.1),
  },
  {
    name: 'BERT’s classifier',
    config: bert(dropout),
    training: () => bertClassifierTraining(bert(dropout), 3),
    feeds: classified,
  },
  {
    name: 'BERT’s classifier with entity markers',
    config: bert(dropout, 'entity-markers'),
    training: () => bertClassifierTraining(bert(dropout, 'entity-markers'), 3),
    feeds: (sequences) => ({
      ...classified(sequences),
      ...entityFeeds(sequences.map((ids) => ({ head: ids.length - 1, tail: 0 }))),
    }),
  },
];

describe.each(devices)('micro-batches on $name', ({ name: deviceName, open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.close());

  async function trained({ config, training, feeds }: Model, size: number | undefined) {
    const { graph, loss } = training();
    const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
    await initialize(parameters, config, 1);
    const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
    let sum = 0;
    const all = SEQUENCES.map((_, index) => index);
    const lengths = SEQUENCES.map((ids) => ids.length);
    for (const { examples, part } of splitBatch(all, size, lengths)) {
      const results = await program.accumulate(feeds(examples.map((example) => SEQUENCES[example]!)), ['masks'], part);
      sum += results.loss!.data[0]!;
    }
    const gradients = new Map<string, Float32Array>();
    for (const { name } of parameters.trained) gradients.set(name, await program.gradient(name));
    await program.dispose();
    await parameters.dispose();
    return { loss: sum, gradients };
  }

  test.each(modelsOf(dropoutOn(deviceName)))('$name', async (model) => {
    const whole = await trained(model, undefined);
    for (const size of deviceName === 'webgpu' ? [2] : [1, 2, 3]) {
      const parts = await trained(model, size);
      expect(parts.loss / whole.loss).toBeCloseTo(1, 5);
      for (const [name, gradient] of whole.gradients) {
        const difference = largestDifference(parts.gradients.get(name)!, gradient);
        expect({ name, close: difference <= 1e-5 * Math.max(1, largest(gradient)) }).toEqual({ name, close: true });
      }
    }
  });
});
