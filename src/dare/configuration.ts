/**
 * Everything that a run can be told, in one schema: it yields the command line's flags, the YAML file, the defaults, the help and the error
 * messages. Numbers are the paper's (DARE, arXiv 2004.13845, section 4.1) where the paper has them.
 */
import { z } from 'zod';
import { CLASSIFIER_HEADS } from '../checkpoint/config.ts';
import { SHIPPED_BERT, SHIPPED_GPT2 } from '../checkpoint/shipped-models.ts';
import { RANDOM_MODEL } from '../nn/initialize.ts';
import { loraSettingsSchema } from '../nn/lora.ts';
import { arms, ARMS } from './arms/arms.ts';
import type { Arm } from './arms/arms.ts';
import { corpusSettingsSchema } from '../corpus/settings.ts';
import { textFilterSettings } from '../generation/filters/filters.ts';
import { tokenChoiceSettings } from '../generation/token-sampler.ts';
import { DEVICE_CHOICES, PRECISION_CHOICES } from '../runtime/open-device.ts';
import { memorySetting } from '../runtime/training-memory.ts';

const probability = z.number().min(0).max(1);
const count = z.int().min(1);

/** A limit on a part of the data. */
const atMost = (use: string, what: string) =>
  count.nullable().default(null).describe(`${use} at most this many examples, ${what} (all unless given)`);

const training = {
  epochs: count.describe('passes over the training data'),
  batchSize: count.describe('examples of a batch'),
  microBatch: count
    .nullable()
    .default(null)
    .describe(
      'examples of a batch run at once (as many as memory allows unless given); an update is the same but for rounding, and for dropout masks on a GPU',
    ),
  accumulation: count.describe('batches of an update'),
  learningRate: z.number().positive().describe('highest learning rate'),
  warmup: probability.describe('part of all updates during which the learning rate rises'),
  weightDecay: z.number().min(0).describe('decoupled weight decay, on all but biases and norms'),
  maxGradientNorm: z.number().positive().describe('gradients are clipped to this norm'),
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe('less memory for a fifth to a third more time; does not change what is learned'),
  maxLength: count.min(16).describe('tokens of a sentence; longer ones are cut around their entities'),
};

const randomModel = {
  layers: count.describe('layers of a model from random weights'),
  hiddenSize: count.describe('width of a model from random weights'),
  heads: count.describe('attention heads of a model from random weights'),
  vocabulary: count.min(300).describe('vocabulary learned from the corpus for a model from random weights'),
};

/** An arm's section: how many classifiers it has, and its own settings. */
function armSection<Shape extends z.ZodRawShape>({ settings, title }: { settings: Shape; title: string }) {
  const size = count.nullable().default(null).describe('its classifiers (ensemble.size unless given)');
  // All settings have defaults, which cannot be told of an unknown shape.
  return z
    .object({ size, ...settings })
    .prefault({} as never)
    .describe(title);
}

const settings = z.object({
  corpus: z
    .object({
      path: z.string().min(1).describe('file or folder of the corpus'),
      ...corpusSettingsSchema.shape,
      positives: count
        .nullable()
        .default(null)
        .describe('keep only this many positive training examples (all unless given)'),
      trainExamples: atMost('train on', 'drawn from all documents'),
      validationExamples: atMost('validate on', 'drawn from all documents'),
      testExamples: atMost('test on', 'as whole documents drawn from all'),
    })
    .describe('the labelled sentences'),
  generator: z
    .object({
      model: z
        .string()
        .min(1)
        .default('gpt2-large')
        .describe(`GPT-2 folder or hub name, "${SHIPPED_GPT2}", which ships, or "random"`),
      shared: z
        .boolean()
        .default(false)
        .describe('one for all relations, told by a control token which to write (the paper found it worse)'),
      epochs: training.epochs.default(5),
      minimumUpdates: z
        .int()
        .min(0)
        .default(0)
        .describe('more epochs for a relation that has too few sentences for so many updates'),
      batchSize: training.batchSize.default(4),
      microBatch: training.microBatch,
      accumulation: training.accumulation.default(2),
      learningRate: training.learningRate.default(3e-5),
      warmup: training.warmup.default(0),
      weightDecay: training.weightDecay.default(0),
      maxGradientNorm: training.maxGradientNorm.default(1),
      gradientCheckpointing: training.gradientCheckpointing,
      maxLength: training.maxLength.default(128),
      addPlaceholderTokens: z.boolean().default(false).describe('make the typed placeholders tokens of their own'),
      lora: z
        .object({
          ...loraSettingsSchema.shape,
          rank: loraSettingsSchema.shape.rank
            .nullable()
            .default(null)
            .describe('train LoRA adapters of this rank and leave the model as it is (all its weights unless given)'),
        })
        .prefault({})
        .describe('adapters in place of full fine-tuning: one model serves all relations'),
      keepWeights: z
        .boolean()
        .default(false)
        .describe('keep the weights when the sentences are written (adapters are kept in any case)'),
      layers: randomModel.layers.default(4),
      hiddenSize: randomModel.hiddenSize.default(192),
      heads: randomModel.heads.default(6),
      vocabulary: randomModel.vocabulary.default(4000),
    })
    .refine(({ lora, addPlaceholderTokens }) => lora.rank === null || !addPlaceholderTokens, {
      path: ['addPlaceholderTokens'],
      message: 'LoRA leaves the embeddings as they are, added tokens would not be learned: choose one of the two',
    })
    .prefault({})
    .describe('a GPT-2 fine-tuned on gold sentences, one a relation'),
  sampling: z
    .object({
      ...tokenChoiceSettings,
      maxWords: count.default(100).describe('words of a sentence'),
      maxTokens: count.default(256).describe('tokens of a sentence'),
      batchSize: z
        .int()
        .min(2)
        .nullable()
        .default(null)
        .describe(
          'sentences written at once (as many as memory allows unless given); on a processor it does not change them',
        ),
      poolFactor: z.number().min(1).default(3).describe('accepted sentences in a pool, for each that a member draws'),
      poolRatio: z
        .number()
        .min(0)
        .nullable()
        .default(null)
        .describe('fill pools for members that draw so many sentences for each gold one, where ensemble.ratio is less'),
      attempts: z.number().min(1).default(20).describe('sentences written at most, for each that the pool wants'),
    })
    .prefault({})
    .describe('writing the synthetic sentences'),
  filter: z
    .object({
      ...textFilterSettings,
      consistency: z
        .enum(['off', 'drop', 'soft'])
        .default('off')
        .describe('sentences that gold-only classifiers put in another class: dropped, or what they say is learned'),
      consistencyThreshold: probability
        .default(0.9)
        .describe('probability of another class from which on a sentence is dropped'),
      judges: z.int().min(2).default(5).describe('these classifiers: each learns from all documents but its fold'),
      perplexityBand: z
        .number()
        .positive()
        .max(1)
        .nullable()
        .default(null)
        .describe('drop sentences less or more probable, to the un-tuned generator, than this middle part of gold'),
    })
    .prefault({})
    .describe('which synthetic sentences count'),
  pool: z
    .object({
      path: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .meta({ placeholder: 'file' })
        .describe('sentences from elsewhere, as another ensemble: JSON Lines with text and relation'),
    })
    .prefault({})
    .describe('synthetic sentences that are given'),
  verdicts: z
    .object({
      path: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .meta({ placeholder: 'file' })
        .describe('JSON Lines with relation, id and verdict (accept, reject, or edit with a text)'),
    })
    .prefault({})
    .describe('what people said of synthetic sentences'),
  classifier: z
    .object({
      model: z
        .string()
        .min(1)
        .default('bert-large-uncased')
        .describe(`BERT folder or hub name, "${SHIPPED_BERT}", which ships, or "random"`),
      epochs: training.epochs.default(5),
      batchSize: training.batchSize.default(32),
      microBatch: training.microBatch,
      accumulation: training.accumulation.default(1),
      learningRate: training.learningRate.default(2e-5),
      warmup: training.warmup.default(0.1),
      weightDecay: training.weightDecay.default(0.01),
      maxGradientNorm: training.maxGradientNorm.default(1),
      gradientCheckpointing: training.gradientCheckpointing,
      maxLength: training.maxLength.default(128),
      head: z
        .enum(CLASSIFIER_HEADS)
        .default('cls')
        .describe('what it decides by: the state at [CLS], or those at markers around the two entities'),
      placeholders: z
        .enum(['entity', 'typed'])
        .default('entity')
        .describe('what it reads for the two entities: $ENTITYA$ and $ENTITYB$, or their types'),
      addPlaceholderTokens: z.boolean().default(true).describe('make the placeholders tokens of their own'),
      layers: randomModel.layers.default(2),
      hiddenSize: randomModel.hiddenSize.default(128),
      heads: randomModel.heads.default(4),
      vocabulary: randomModel.vocabulary.default(4000),
      keepWeights: z.boolean().default(true).describe('keep the weights of every member in the run folder'),
    })
    .prefault({})
    .describe('an ensemble of BERTs'),
  ensemble: z
    .object({
      size: count.default(20).describe('classifiers of an ensemble'),
      ratio: z.number().min(0).default(1).describe('synthetic sentences for each gold one, per relation'),
      arms: z.array(z.enum(ARMS)).min(1).default(['dare', 'gold']).describe('ensembles to train'),
      retries: z
        .int()
        .min(0)
        .default(2)
        .describe('how often a classifier that learned nothing is trained anew from the next seed'),
    })
    .prefault({})
    .describe('what is compared'),
  arms: z
    .object({
      dare: armSection(arms.dare),
      gold: armSection(arms.gold),
      'class-weighting': armSection(arms['class-weighting']),
      'balanced-bagging': armSection(arms['balanced-bagging']),
      oversampling: armSection(arms.oversampling),
      'token-edits': armSection(arms['token-edits']),
      pool: armSection(arms.pool),
    } satisfies Record<Arm, z.ZodType>)
    .prefault({})
    .describe('settings of single ensembles'),
  cv: z
    .int()
    .min(2)
    .nullable()
    .default(null)
    .describe('cross-validation: folds of documents, each tested on once, in place of a test split')
    .meta({ placeholder: 'folds' }),
  cvFold: count.nullable().default(null).describe('of the folds this one alone, from 1'),
  seed: z.int().min(0).default(1).describe('all randomness derives from it'),
  device: z.enum(DEVICE_CHOICES).default('auto').describe('where models run (auto: a GPU where a real one answers)'),
  precision: z
    .enum(PRECISION_CHOICES)
    .default('float32')
    .describe('numbers in which sentences are written and judged (auto: float16 where the device has it)'),
  threads: count
    .nullable()
    .default(null)
    .describe('processor threads of a model (one for a small model, all cores for a large one unless given)'),
  workers: count
    .nullable()
    .default(null)
    .describe(
      'models trained or sampled from at once, each in a process of its own (as many as cores and memory allow unless given); does not change them',
    ),
  memory: memorySetting.describe(
    'gigabytes of memory that trainings may take, one or as many as run side by side (most of what the machine has unless given)',
  ),
  store: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('folder of the steps’ results, which runs may share (the run’s own folder unless given)')
    .meta({ placeholder: 'folder' }),
  tensorboard: z
    .boolean()
    .default(false)
    .describe('also write the figures of every step for TensorBoard, below tensorboard/ in the run’s folder'),
  checkpointSeconds: z.number().positive().default(120).describe('seconds between checkpoints of a training'),
});

export const runConfigurationSchema = settings
  .refine(({ ensemble, pool }) => pool.path !== null || !ensemble.arms.includes('pool'), {
    path: ['pool', 'path'],
    message: 'the ensemble "pool" needs a file of sentences',
  })
  .refine(({ filter, generator }) => filter.perplexityBand === null || generator.model !== RANDOM_MODEL, {
    path: ['filter', 'perplexityBand'],
    message: 'a model from random weights finds no sentence more probable than another: name a pretrained generator',
  });

/** The arms that a run compares, in the order in which they are shown, with the size of each. */
export function armsOf({ ensemble, arms: settings, pool }: RunConfiguration): { arm: Arm; size: number }[] {
  // A pool that is given is asked for.
  const asked = (arm: Arm): boolean => ensemble.arms.includes(arm) || (arm === 'pool' && pool.path !== null);
  return ARMS.filter(asked).map((arm) => ({
    arm,
    size: settings[arm].size ?? ensemble.size,
  }));
}

export type RunConfiguration = z.infer<typeof runConfigurationSchema>;

/** A configuration in part. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** Settings of a run as a program gives them: what is left out is as by default. */
export type RunSettings = z.input<typeof runConfigurationSchema>;
