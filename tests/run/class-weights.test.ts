/**
 * Class weights in fine-tuning: the loss of an update and of validation data is PyTorch's `CrossEntropyLoss(weight)` with its mean, Σ w·(−log p) / Σ w, over
 * all batches of the update. (That the graph's loss and gradients are PyTorch's for weights that are given is models.test.ts' affair.)
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fineTuneClassifier } from '../../src/classification/relation-classifier.ts';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import type { Device } from '../../src/runtime/device.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';

const RELATIONS = ['advise', 'effect'];
const TRAINING = [
  ['$ENTITYA$ should not be taken with $ENTITYB$ .', 0],
  ['$ENTITYA$ raised the level of $ENTITYB$ .', 1],
  ['$ENTITYB$ was raised by $ENTITYA$ .', 1],
  ['neither $ENTITYA$ nor $ENTITYB$ was given .', 2],
  ['$ENTITYA$ and $ENTITYB$ were bought from the same source .', 2],
  ['the assays for $ENTITYA$ and $ENTITYB$ are described .', 2],
] as const;
const VALIDATION = [
  ['avoid $ENTITYA$ with $ENTITYB$ .', 0],
  ['$ENTITYA$ lowered $ENTITYB$ .', 1],
  ['$ENTITYA$ and $ENTITYB$ were assayed .', 2],
  ['$ENTITYA$ and $ENTITYB$ were given .', 2],
] as const;
const WEIGHTS = [1, 1 / 2, 1 / 3];

describe('class weights', () => {
  let device: Device;
  let root: string;
  beforeAll(async () => {
    device = new CpuDevice({ threads: 1 });
    root = await mkdtemp(join(tmpdir(), 'dare-weights-'));
    const size = { layers: 1, hiddenSize: 32, heads: 2, vocabulary: 320, maxLength: 48, seed: 1 };
    await writeRandomModel(join(root, 'bert'), { kind: 'bert', ...size, texts: TRAINING.map(([text]) => text) });
    // Without dropout a training step sees what scoring sees; with wider weights classes differ.
    const path = join(root, 'bert', 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    const still = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0, initializer_range: 0.5 };
    await writeFile(path, JSON.stringify({ ...config, ...still }));
  });
  afterAll(async () => {
    await device.close();
    await rm(root, { recursive: true });
  });

  const losses = async (classWeights?: readonly number[]) => {
    const sentences = (rows: readonly (readonly [string, number])[]) => rows.map(([text, label]) => ({ text, label }));
    const { history, probabilities } = await fineTuneClassifier(
      device,
      {
        head: 'cls',
        base: join(root, 'bert'),
        relations: RELATIONS,
        placeholders: [{ head: '$ENTITYA$', tail: '$ENTITYB$' }],
        addPlaceholderTokens: true,
        training: sentences(TRAINING),
        validation: sentences(VALIDATION),
        ...(classWeights && { classWeights }),
        maxLength: 48,
        weightDecay: 0,
        // One update of three batches, which changes next to nothing.
        settings: {
          epochs: 1,
          batchSize: 2,
          accumulation: 3,
          learningRate: 1e-9,
          warmup: 0,
          decay: 'constant',
          maxGradientNorm: 1,
          keep: 'best',
        },
        checkpointing: false,
      },
      [TRAINING, VALIDATION].map((rows) => rows.map(([text]) => text)),
      undefined,
      { stage: 'weights', seed: 5, stream: ['test'], monitor: new Monitor(), folder: root, checkpointSeconds: 1000 },
    );
    const mean = (rows: readonly Float32Array[], examples: readonly (readonly [string, number])[]) => {
      const weights = examples.map(([, label]) => classWeights?.[label] ?? 1);
      const sum = examples.reduce(
        (total, [, label], index) => total - weights[index]! * Math.log(rows[index]![label]!),
        0,
      );
      return sum / weights.reduce((total, weight) => total + weight, 0);
    };
    const [training, validation] = probabilities;
    const [record] = history;
    return {
      training: [record!.trainingLoss, mean(training!, TRAINING)] as const,
      validation: [record!.validationLoss!, mean(validation!, VALIDATION)] as const,
    };
  };

  test('training and validation loss are weighted means', async () => {
    const weighted = await losses(WEIGHTS);
    expect(weighted.training[0]).toBeCloseTo(weighted.training[1], 5);
    expect(weighted.validation[0]).toBeCloseTo(weighted.validation[1], 5);
    const plain = await losses();
    expect(plain.training[0]).toBeCloseTo(plain.training[1], 5);
    expect(Math.abs(plain.training[0] - weighted.training[0])).toBeGreaterThan(1e-3);
    expect(Math.abs(plain.validation[0] - weighted.validation[0])).toBeGreaterThan(1e-3);
  });
});
