/** Documents packed into rows have the loss and the gradients of the documents one by one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseModelConfig } from '../../src/checkpoint/config.ts';
import type { BertConfig, ModelConfig } from '../../src/checkpoint/config.ts';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import { decoderFeeds, encoderFeeds } from '../../src/nn/batch.ts';
import { bertMaskedScoring, bertMaskedTraining, bertPackedScoring, bertPackedTraining } from '../../src/nn/bert.ts';
import { gpt2Scoring, gpt2Training } from '../../src/nn/gpt2.ts';
import { initialize } from '../../src/nn/initialize.ts';
import { specificationsOf } from '../../src/nn/model.ts';
import { packedDecoderFeeds, packedEncoderFeeds } from '../../src/nn/packed-batch.ts';
import type { MaskedPiece } from '../../src/nn/packed-batch.ts';
import type { Device, Feeds } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import { largest, largestDifference } from '../support/reference.ts';
import { tinyGpt2 } from '../support/tiny-models.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0 };
const LENGTH = 12;

/** Three rows of twelve: full with three pieces, full with one, and with room left. */
const ROWS = [
  [
    [1, 2, 3, 4, 5],
    [6, 2, 2],
    [7, 8, 9, 10],
  ],
  [[10, 11, 12, 3, 2, 1, 0, 4, 4, 5, 6, 7]],
  [
    [1, 1],
    [5, 6, 7, 8],
  ],
];

const MASKED: MaskedPiece[][] = ROWS.map((pieces) =>
  pieces.map((ids, index) => ({
    ids,
    predicted: [{ position: 1, label: (ids[1]! + 3) % 13 }, ...(index === 0 ? [{ position: 0, label: ids[0]! }] : [])],
  })),
);

function tinyBert(): BertConfig {
  const config = parseModelConfig(
    {
      model_type: 'bert',
      vocab_size: 13,
      hidden_size: 12,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 24,
      max_position_embeddings: LENGTH,
      initializer_range: 0.3,
      hidden_dropout_prob: 0,
      attention_probs_dropout_prob: 0,
    },
    'config.json',
  );
  if (config.model_type !== 'bert') throw new Error('not a BERT');
  return config;
}

/** The pieces of the rows, one a sequence, as the masked language model without packing is fed. */
function separately(rows: readonly (readonly MaskedPiece[])[], weight: number): Feeds {
  const pieces = rows.flat();
  const feeds = encoderFeeds(pieces, 0);
  const [sequence, batch] = feeds.inputIds!.shape as [number, number];
  const labels = new Int32Array(sequence * batch);
  const weights = new Float32Array(sequence * batch);
  pieces.forEach(({ predicted }, example) => {
    for (const { position, label } of predicted) {
      labels[position * batch + example] = label;
      weights[position * batch + example] = weight;
    }
  });
  return {
    ...feeds,
    labels: { shape: [sequence, batch], data: labels },
    labelWeights: { shape: [sequence, batch], data: weights },
  };
}

async function lossAndGradients(
  device: Device,
  config: ModelConfig,
  { graph, loss }: { graph: Graph; loss: Tensor },
  feeds: Feeds,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
  await initialize(parameters, config, 1);
  const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
  const results = await program.accumulate(feeds, []);
  const gradients = new Map<string, Float32Array>();
  for (const { name } of parameters.specifications) gradients.set(name, await program.gradient(name));
  await program.dispose();
  await parameters.dispose();
  return { loss: results.loss!.data[0]!, gradients };
}

async function score(device: Device, config: ModelConfig, graph: Graph, feeds: Feeds) {
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: false });
  await initialize(parameters, config, 1);
  const program = await device.createProgram(graph, parameters);
  const results = await program.run(feeds);
  await program.dispose();
  await parameters.dispose();
  return results;
}

/** Largest difference of gradients, relative to the largest gradient. */
function difference(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  const overall = Math.max(...[...a.values()].map(largest));
  return Math.max(...[...a].map(([name, gradient]) => largestDifference(gradient, b.get(name)!))) / overall;
}

describe.each(devices)('packed documents on $name', ({ open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.close());

  test('GPT-2: loss and gradients are those of the documents one by one', async () => {
    const config = tinyGpt2();
    const packed = packedDecoderFeeds(ROWS, LENGTH, 0.1);
    const together = await lossAndGradients(device, config, gpt2Training(config, { packed: true }), packed);
    const apart = await lossAndGradients(device, config, gpt2Training(config), decoderFeeds(ROWS.flat(), 0.1));
    expect(together.loss / apart.loss).toBeCloseTo(1, 5);
    expect(difference(apart.gradients, together.gradients)).toBeLessThan(1e-5);
  });

  test('GPT-2: so are the losses of single tokens', async () => {
    const config = tinyGpt2();
    const packed = packedDecoderFeeds(ROWS, LENGTH, 1);
    const { negativeLogLikelihoods } = await score(device, config, gpt2Scoring(config, { packed: true }), packed);
    const pieces = ROWS.flat();
    const apart = await score(device, config, gpt2Scoring(config), decoderFeeds(pieces, 1));
    const separate = pieces.map((ids, example) =>
      ids.slice(1).map((_, place) => apart.negativeLogLikelihoods!.data[place * pieces.length + example]!),
    );
    const weights = packed.labelWeights!.data;
    const inRows = ROWS.map((_, row) =>
      Array.from({ length: LENGTH }, (_, place) => place * ROWS.length + row)
        .filter((place) => weights[place] === 1)
        .map((place) => negativeLogLikelihoods!.data[place]!),
    );
    expect(largestDifference(inRows.flat(), separate.flat())).toBeLessThan(1e-5);
  });

  test('BERT: loss and gradients are those of the documents one by one', async () => {
    const config = tinyBert();
    const packed = packedEncoderFeeds(MASKED, LENGTH, 0.1, 0);
    const together = await lossAndGradients(device, config, bertPackedTraining(config), packed);
    const apart = await lossAndGradients(device, config, bertMaskedTraining(config), separately(MASKED, 0.1));
    expect(together.loss / apart.loss).toBeCloseTo(1, 5);
    expect(difference(apart.gradients, together.gradients)).toBeLessThan(1e-5);
  });

  test('BERT: so are the losses and the likeliest tokens of single positions', async () => {
    const config = tinyBert();
    const pieces = MASKED.flat();
    const packed = await score(device, config, bertPackedScoring(config), packedEncoderFeeds(MASKED, LENGTH, 1, 0));
    const apart = await score(device, config, bertMaskedScoring(config), separately(MASKED, 1));
    const places = pieces.flatMap(({ predicted }, example) =>
      predicted.map(({ position }) => position * pieces.length + example),
    );
    const losses = places.map((place) => apart.negativeLogLikelihoods!.data[place]!);
    expect(largestDifference(packed.negativeLogLikelihoods!.data, losses)).toBeLessThan(1e-5);
    const best = places.map((place) => {
      const logits = apart.logits!.data.subarray(place * config.vocab_size, (place + 1) * config.vocab_size);
      return logits.indexOf(Math.max(...logits));
    });
    expect([...packed.best!.data]).toEqual(best);
  });
});
