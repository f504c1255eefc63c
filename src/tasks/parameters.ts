/** What each kind of task is told: the schemas by which an executor reads a task's parameters back. */
import { z } from 'zod';
import { runConfigurationSchema } from '../dare/configuration.ts';

const seeded = { seed: z.int(), engine: z.string() };
const pretrained = z.object({ folder: z.string(), hash: z.string() }).nullable();

const trainingSettings = z.object({
  epochs: z.int(),
  batchSize: z.int(),
  accumulation: z.int(),
  learningRate: z.number(),
  warmup: z.number(),
  weightDecay: z.number(),
  maxGradientNorm: z.number(),
  maxLength: z.int(),
  addPlaceholderTokens: z.boolean(),
});

export const corpusParameters = runConfigurationSchema.shape.corpus.extend({ files: z.string(), seed: z.int() });

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
  relation: z.string(),
  pretrained,
  settings: trainingSettings,
  /** `base` is what a pretrained base is called by its user; null where the base is another task's result. */
  lora: z
    .object({
      rank: z.int(),
      alpha: z.number(),
      dropout: z.number(),
      targets: z.array(z.string()),
      base: z.string().nullable(),
    })
    .nullable(),
});

export const poolParameters = z.object({
  ...seeded,
  relation: z.string(),
  /** The generator is an adapter: what it is merged into. */
  adapted: z.object({ pretrained }).nullable(),
  wanted: z.int(),
  maxAttempts: z.int(),
  sampling: z.object({
    temperature: z.number(),
    topK: z.int(),
    topP: z.number(),
    minP: z.number(),
    repetitionPenalty: z.number(),
    maxWords: z.int(),
    maxTokens: z.int(),
  }),
  filter: z.object({ masks: z.enum(['exactly-once', 'at-least-once']), minimumWords: z.int() }),
});

export const memberParameters = z.object({
  ...seeded,
  arm: z.enum(['dare', 'gold']),
  member: z.int(),
  pretrained,
  settings: trainingSettings.extend({ placeholders: z.enum(['entity', 'typed']) }),
  ratio: z.number().nullable(),
  keepWeights: z.boolean(),
});

export const scoresParameters = z.object({ seed: z.int(), sizes: z.object({ dare: z.int(), gold: z.int() }) });
