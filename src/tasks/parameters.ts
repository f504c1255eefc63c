/** What each kind of task is told: the schemas by which an executor reads a task's parameters back. */
import { z } from 'zod';
import { CLASSIFIER_HEADS } from '../checkpoint/config.ts';
import { ARMS } from '../dare/arms/arms.ts';
import { runConfigurationSchema } from '../dare/configuration.ts';
import { verdictSchema } from '../dare/verdicts.ts';
import { textFilterSettings } from '../generation/filters/filters.ts';
import { tokenChoiceSettings } from '../generation/token-sampler.ts';
import { loraSettingsSchema } from '../nn/lora.ts';

/** `engine`: device, processor and library; with another one, or another number of threads, numbers are rounded differently. */
const seeded = { seed: z.int(), engine: z.string(), threads: z.int() };
const pretrained = z.object({ folder: z.string(), hash: z.string() }).nullable();

const trainingSettings = z.object({
  epochs: z.int(),
  batchSize: z.int(),
  /** Where memory does not hold a batch: the bytes of the weights depend on it. */
  microBatch: z.int().optional(),
  accumulation: z.int(),
  learningRate: z.number(),
  warmup: z.number(),
  weightDecay: z.number(),
  maxGradientNorm: z.number(),
  maxLength: z.int(),
  addPlaceholderTokens: z.boolean(),
});

export const corpusParameters = runConfigurationSchema.shape.corpus.extend({
  /** Of the corpus's files, and of the MeSH tree's where one is named. */
  hash: z.string(),
  seed: z.int(),
  fold: z.object({ number: z.int(), of: z.int() }).nullable(),
});

export const randomModelParameters = z.object({
  kind: z.enum(['gpt2', 'bert']),
  layers: z.int(),
  hiddenSize: z.int(),
  heads: z.int(),
  vocabulary: z.int(),
  maxLength: z.int(),
  seed: z.int(),
});

export const generatorParameters = z.object({
  ...seeded,
  /** Null for one that is shared by all. */
  relation: z.string().nullable(),
  pretrained,
  settings: trainingSettings,
  /** `base` is what a pretrained base is called by its user; null where the base is another task's result. */
  lora: loraSettingsSchema.extend({ base: z.string().nullable() }).nullable(),
});

const classifierSettings = trainingSettings.extend({
  /** Left out where it is [CLS]. */
  head: z.enum(CLASSIFIER_HEADS).optional(),
  placeholders: z.enum(['entity', 'typed']),
});

/** Left out where the generator learned from the relation's own sentences; as pools that are given are taken to have. */
const learned = z.literal('all').optional();

/** The filters of a pool, each absent that is off. */
const filterParameters = z.object({
  ...textFilterSettings,
  /** Classifier k is the input `judge ${k}`. */
  consistency: z
    .object({
      mode: z.enum(['drop', 'soft']),
      threshold: z.number(),
      judges: z.int(),
      placeholders: z.enum(['entity', 'typed']),
      maxLength: z.int(),
    })
    .nullable(),
  perplexity: z.object({ band: z.number(), untuned: pretrained }).nullable(),
  learned,
});
export type FilterParameters = z.infer<typeof filterParameters>;

export const poolParameters = z.object({
  ...seeded,
  relation: z.string(),
  /** The generator is shared: it is told which relation to write. */
  controlled: z.boolean(),
  /** The generator is an adapter: what it is merged into. */
  adapted: z.object({ pretrained }).nullable(),
  wanted: z.int(),
  maxAttempts: z.int(),
  sampling: z.object({ ...tokenChoiceSettings, maxWords: z.int(), maxTokens: z.int() }),
  /** Sentences at once, where that may change them. */
  samplingBatch: z.int().optional(),
  filter: filterParameters,
});

/** A classifier that judges labels, without the documents of its fold. */
export const judgeParameters = z.object({
  ...seeded,
  fold: z.int(),
  folds: z.int(),
  pretrained,
  settings: classifierSettings,
  retries: z.int(),
});

export const givenPoolParameters = z.object({
  relation: z.string(),
  ...seeded,
  engine: z.string().nullable(),
  file: z.object({ path: z.string(), hash: z.string() }),
  filter: filterParameters,
});

export const reviewedPoolParameters = z.object({
  relation: z.string(),
  verdicts: z.array(verdictSchema),
  filter: z.object(textFilterSettings),
});

export const qualityParameters = z.object({
  relation: z.string(),
  ...seeded,
  engine: z.string().nullable(),
  untuned: pretrained,
  learned,
});

export const memberParameters = z.object({
  ...seeded,
  arm: z.enum(ARMS),
  member: z.int(),
  pretrained,
  settings: classifierSettings,
  /** Null where the arm does not depend on it. */
  ratio: z.number().nullable(),
  /** The arm's own settings. */
  options: z.record(z.string(), z.unknown()),
  retries: z.int(),
  keepWeights: z.boolean(),
});

export const scoresParameters = z.object({
  seed: z.int(),
  /** Member k of an arm is the input `${arm} ${k}`. */
  arms: z.array(z.object({ arm: z.enum(ARMS), size: z.int() })),
});
