/** The paper's preset, number by number: section 4.1 and section 3.2 of DARE (arXiv 2004.13845). */
import { expect, test } from 'vitest';
import { armsOf, runConfigurationSchema } from './configuration.ts';
import { presets } from './presets.ts';
import type { RunConfiguration } from './configuration.ts';

/** A configuration from a preset, as the command line makes it: the schema fills in what the preset leaves out. */
function configured(name: keyof typeof presets): RunConfiguration {
  const { corpus, ...rest } = presets[name];
  return runConfigurationSchema.parse({ ...rest, corpus: { path: 'corpus', ...corpus } });
}

const paper = configured('paper');

test.each<[string, unknown, unknown]>([
  ['generator: GPT-2 774M', paper.generator.model, 'gpt2-large'],
  ['generator: one a relation', paper.generator.shared, false],
  ['generator: learning rate 3e-5', paper.generator.learningRate, 3e-5],
  ['generator: batches of 4', paper.generator.batchSize, 4],
  ['generator: 2 batches an update', paper.generator.accumulation, 2],
  ['generator: length 128', paper.generator.maxLength, 128],
  ['generator: 5 epochs', paper.generator.epochs, 5],
  ['generator: no warm-up', paper.generator.warmup, 0],
  ['generator: no weight decay', paper.generator.weightDecay, 0],
  ['sampling: temperature 1.0', paper.sampling.temperature, 1],
  ['sampling: top-k 5', paper.sampling.topK, 5],
  ['sampling: up to 100 words', paper.sampling.maxWords, 100],
  ['filter: each mask at least once', paper.filter.masks, 'at-least-once'],
  ['filter: at least 8 words', paper.filter.minimumWords, 8],
  ['classifier: BERT-large uncased', paper.classifier.model, 'bert-large-uncased'],
  ['classifier: learning rate 2e-5', paper.classifier.learningRate, 2e-5],
  ['classifier: batches of 32', paper.classifier.batchSize, 32],
  ['classifier: a batch an update', paper.classifier.accumulation, 1],
  ['classifier: length 128', paper.classifier.maxLength, 128],
  ['classifier: 5 epochs', paper.classifier.epochs, 5],
  ['classifier: no warm-up', paper.classifier.warmup, 0],
  ['classifier reads $ENTITYA$ and $ENTITYB$', paper.classifier.placeholders, 'entity'],
  ['classifier decides by [CLS]', paper.classifier.head, 'cls'],
  ['ensemble: ratio 1.0', paper.ensemble.ratio, 1],
  ['baselines: every class is cut to the rarest', paper.arms['balanced-bagging'].cut, 'all'],
])('%s', (_, actual, expected) => {
  expect(actual).toBe(expected);
});

test('DARE has 20 classifiers, the baselines have 10', () => {
  expect(armsOf(paper)).toEqual([
    { arm: 'dare', size: 20 },
    { arm: 'class-weighting', size: 10 },
    { arm: 'balanced-bagging', size: 10 },
  ]);
});

test('what is not the paper’s is off', () => {
  expect(paper.generator).toMatchObject({ addPlaceholderTokens: false, lora: { rank: null } });
  expect(paper.sampling).toMatchObject({ topP: 1, minP: 0, repetitionPenalty: 1 });
  expect(paper.classifier.addPlaceholderTokens).toBe(false);
  expect(paper.ensemble.retries).toBe(0);
  expect(paper.corpus).toMatchObject({ positives: null, otherRelations: 'drop' });
});

test('the small preset is a run in itself, with the control beside DARE', () => {
  expect(armsOf(configured('small')).map(({ arm }) => arm)).toEqual(['dare', 'gold']);
});
