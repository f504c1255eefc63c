/**
 * GPT-2 and BERT against PyTorch, on every device there is: logits, loss, every gradient, ten AdamW steps.
 *
 * The references are exact (float64) answers for weights spread widely enough that nothing hides; see tests/fixtures/make/reference_models.py.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { BertConfig, Gpt2Config } from '../../src/checkpoint/config.ts';
import { readModelConfig } from '../../src/checkpoint/model-folder.ts';
import type { Graph, Tensor } from '../../src/graph/graph.ts';
import {
  bertClassifierTraining,
  bertMaskedScoring,
  bertMaskedTraining,
  bertClassifierScoring,
  bertEncoding,
} from '../../src/nn/bert.ts';
import { encoderFeeds, entityFeeds, targetFeeds } from '../../src/nn/batch.ts';
import { gpt2Scoring, gpt2Training } from '../../src/nn/gpt2.ts';
import { loadWeights } from '../../src/nn/model.ts';
import type { Device, Feeds, Parameters, TrainingProgram } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import {
  decoderReferenceFeeds,
  encoderReferenceFeeds,
  largest,
  largestDifference,
  parametersOf,
  readReference,
  tokenLabelFeeds,
} from '../support/reference.ts';
import type { Reference, ReferenceTensor } from '../support/reference.ts';

const LABELS = 3;

/** Made by tests/fixtures/make/hidden_states.py. */
const hiddenStatesReference = z
  .object({
    folder: z.string(),
    sequences: z.array(z.array(z.int())),
    hiddenStates: z.array(z.array(z.array(z.number()))),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/reference/bert-hidden-states.json', import.meta.url), 'utf8')));

interface Model {
  name: string;
  training: (reference: Reference) => { graph: Graph; loss: Tensor };
  scoring: (reference: Reference) => Graph;
  feeds: (reference: Reference, prefix: string) => Feeds;
}

const asGpt2 = ({ config }: Reference): Gpt2Config => {
  if (config.model_type !== 'gpt2') throw new Error('not a GPT-2');
  return { ...config, embd_pdrop: 0, attn_pdrop: 0, resid_pdrop: 0 };
};
const asBert = ({ config }: Reference): BertConfig => {
  if (config.model_type !== 'bert') throw new Error('not a BERT');
  return { ...config, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0, classifier_dropout: 0 };
};
const classifierLabels = (labels: ReferenceTensor, classWeights = [1, 1, 1]): Feeds => {
  const targets = Int32Array.from(labels.data);
  const weights = Float32Array.from(targets, (label) => classWeights[label]!);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    labels: { shape: labels.shape, data: targets },
    labelWeights: { shape: labels.shape, data: weights.map((weight) => weight / total) },
  };
};

const classifierTargets = ({ shape: [batch, classes], data }: ReferenceTensor): Feeds => {
  const rows = Array.from({ length: batch! }, (_, row) => [...data.subarray(row * classes!, (row + 1) * classes!)]);
  return targetFeeds(
    rows,
    classes!,
    rows.map(() => 1 / batch!),
  );
};
const entityStarts = ({ shape: [batch], data }: ReferenceTensor): Feeds =>
  entityFeeds(Array.from({ length: batch! }, (_, row) => ({ head: data[2 * row]!, tail: data[2 * row + 1]! })));

const MODELS: Model[] = [
  {
    name: 'gpt2',
    training: (reference) => gpt2Training(asGpt2(reference)),
    scoring: (reference) => gpt2Scoring(asGpt2(reference), { withLogits: true }),
    feeds: decoderReferenceFeeds,
  },
  {
    name: 'gpt2-inverse-layer',
    training: (reference) => gpt2Training(asGpt2(reference)),
    scoring: (reference) => gpt2Scoring(asGpt2(reference), { withLogits: true }),
    feeds: decoderReferenceFeeds,
  },
  {
    name: 'bert',
    training: (reference) => bertClassifierTraining(asBert(reference), LABELS),
    scoring: (reference) => bertClassifierScoring(asBert(reference), LABELS),
    feeds: (reference, prefix) => ({
      ...encoderReferenceFeeds(reference, prefix),
      ...classifierLabels(reference.tensor(`${prefix}.labels`)),
    }),
  },
  {
    name: 'bert-soft-targets',
    training: (reference) => bertClassifierTraining(asBert(reference), LABELS, { softTargets: true }),
    scoring: (reference) => bertClassifierScoring(asBert(reference), LABELS),
    feeds: (reference, prefix) => ({
      ...encoderReferenceFeeds(reference, prefix),
      ...classifierTargets(reference.tensor(`${prefix}.targets`)),
    }),
  },
  {
    name: 'bert-entity-markers',
    training: (reference) => bertClassifierTraining(asBert(reference), LABELS),
    scoring: (reference) => bertClassifierScoring(asBert(reference), LABELS),
    feeds: (reference, prefix) => ({
      ...encoderReferenceFeeds(reference, prefix),
      ...entityStarts(reference.tensor(`${prefix}.entity_starts`)),
      ...classifierLabels(reference.tensor(`${prefix}.labels`)),
    }),
  },
  {
    name: 'bert-masked-lm',
    training: (reference) => bertMaskedTraining(asBert(reference)),
    scoring: (reference) => bertMaskedScoring(asBert(reference)),
    feeds: (reference, prefix) => ({
      ...encoderReferenceFeeds(reference, prefix),
      ...tokenLabelFeeds(reference.tensor(`${prefix}.labels`), 0),
    }),
  },
];

const ADAMW = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: (name: string) => (/bias$|LayerNorm|ln_/.test(name) ? 0 : 0.01),
};

describe.each(devices)('$name', ({ open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.close());

  test('a bare BERT’s hidden states are transformers’', async () => {
    const { folder, sequences, hiddenStates } = hiddenStatesReference;
    const path = fileURLToPath(new URL(`../fixtures/checkpoints/${folder}`, import.meta.url));
    const { config, rawConfig } = await readModelConfig(path);
    if (config.model_type !== 'bert') throw new Error('not a BERT');
    const graph = bertEncoding(config);
    const model = { folder: path, config, rawConfig, added: [], adapters: [] };
    const { parameters } = await loadWeights(device, model, graph, { trainable: false });
    const program = await device.createProgram(graph, parameters);
    const { lastHiddenState } = await program.run(
      encoderFeeds(
        sequences.map((ids) => ({ ids })),
        0,
      ),
    );
    await program.dispose();
    await parameters.dispose();
    const width = config.hidden_size;
    hiddenStates.forEach((rows, example) =>
      rows.forEach((row, position) => {
        const start = (position * sequences.length + example) * width;
        expect(largestDifference(lastHiddenState!.data.subarray(start, start + width), row)).toBeLessThan(1e-5);
      }),
    );
  });

  describe.each(MODELS)('$name', ({ name, training, scoring, feeds }) => {
    let reference: Reference;
    let parameters: Parameters;
    let program: TrainingProgram;
    beforeAll(async () => {
      reference = await readReference(name);
      const { graph, loss } = training(reference);
      parameters = await parametersOf(device, graph, reference, true);
      program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
    });
    afterAll(async () => {
      await program.dispose();
      await parameters.dispose();
    });

    test('logits are PyTorch’s where there are tokens', async () => {
      const graph = scoring(reference);
      const scored = await device.createProgram(graph, parameters);
      const { logits } = await scored.run(feeds(reference, 'batch'));
      await scored.dispose();
      const expected = reference.tensor('logits');
      const mask = reference.tensor('batch.attention_mask');
      const [batch, sequence] = mask.shape as [number, number];
      const width = expected.shape.at(-1)!;
      let worst = 0;
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < (expected.shape.length === 3 ? sequence : 1); t++) {
          if (!mask.data[b * sequence + t]) continue;
          const ours = expected.shape.length === 3 ? (t * batch + b) * width : b * width;
          const theirs = expected.shape.length === 3 ? (b * sequence + t) * width : b * width;
          const difference = largestDifference(
            logits!.data.subarray(ours, ours + width),
            expected.data.subarray(theirs, theirs + width),
          );
          worst = Math.max(worst, difference);
        }
      }
      expect(worst).toBeLessThan(1e-5 * largest(expected.data) + 1e-6);
    });

    const cases = ['bert', 'bert-entity-markers'].includes(name) ? ['', 'weighted.'] : [''];
    test.each(cases)('the %sloss and every gradient are PyTorch’s', async (prefix) => {
      const batch = feeds(reference, 'batch');
      const weighted = prefix
        ? classifierLabels(reference.tensor('batch.labels'), [...reference.tensor('weighted.class_weights').data])
        : {};
      const { loss } = await program.accumulate({ ...batch, ...weighted }, []);
      expect(loss!.data[0]).toBeCloseTo(reference.tensor(`${prefix}loss`).data[0]!, 5);

      const names = parameters.specifications.map((specification) => specification.name);
      const expected = new Map(names.map((key) => [key, reference.tensor(`${prefix}gradient.${key}`).data]));
      const overall = Math.max(...[...expected.values()].map(largest));
      const errors: string[] = [];
      for (const [key, gradient] of expected) {
        const error = largestDifference(await program.gradient(key), gradient);
        const bound = 1e-5 * Math.max(largest(gradient), 1e-3 * overall);
        if (!(error <= bound)) errors.push(`${key}: ${error.toExponential(2)} > ${bound.toExponential(2)}`);
      }
      await program.update({ learningRate: 0, maxGradientNorm: 1 });
      expect(errors).toEqual([]);
    });

    test('two batches accumulate to their sum', async () => {
      const batch = feeds(reference, 'batch');
      const key = parameters.specifications.at(-1)!.name;
      const word = parameters.specifications.find((specification) => /wte|word_emb/.test(specification.name))!.name;
      await program.accumulate(batch, []);
      const once = [await program.gradient(key), await program.gradient(word)];
      await program.accumulate(batch, []);
      const twice = [await program.gradient(key), await program.gradient(word)];
      await program.update({ learningRate: 0, maxGradientNorm: 1 });
      once.forEach((gradient, index) =>
        expect(
          largestDifference(
            gradient.map((value) => 2 * value),
            twice[index]!,
          ),
        ).toBeLessThan(1e-5 * largest(gradient)),
      );
    });

    test('ten AdamW steps have PyTorch’s losses', async () => {
      const { graph, loss } = training(reference);
      const fresh = await parametersOf(device, graph, reference, true);
      const steps = await device.createTrainingProgram(graph, loss, fresh, ADAMW);
      const losses: number[] = [];
      const norms: number[] = [];
      for (let step = 0; step < 10; step++) {
        const results = await steps.accumulate(feeds(reference, `training.${step}`), []);
        losses.push(results.loss!.data[0]!);
        const learningRate = reference.tensor('training.learning_rates').data[step]!;
        norms.push((await steps.update({ learningRate, maxGradientNorm: 1 })).gradientNorm);
      }
      await steps.dispose();
      await fresh.dispose();
      expect(largestDifference(losses, reference.tensor('training.losses').data)).toBeLessThan(1e-5);
      const expectedNorms = reference.tensor('training.gradient_norms').data;
      expect(largestDifference(norms, expectedNorms)).toBeLessThan(1e-4 * largest(expectedNorms));
    });
  });
});
