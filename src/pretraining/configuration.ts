/** Everything that `dare pretrain` can be told, in one schema: it yields the flags, the YAML file, the defaults, the help and the messages. */
import { z } from 'zod';
import { RANDOM_MODEL } from '../nn/initialize.ts';
import { DEVICE_CHOICES } from '../runtime/open-device.ts';
import { memorySetting } from '../runtime/training-memory.ts';
import { PREDICTED_SHARE } from './masking.ts';

const count = z.int().min(1);
const probability = z.number().min(0).max(1);

const RANDOM_SIZE = { layers: 4, hiddenSize: 256, heads: 4 };

/** A model folder has its own: only what is given can be refused. */
const ofRandom = (what: string, unlessGiven: number) =>
  count.nullable().default(null).describe(`${what}; ${unlessGiven} unless given`);

export const pretrainingSchema = z
  .object({
    objective: z
      .enum(['causal', 'masked'])
      .describe('causal: a GPT-2 learns to predict the next token; masked: a BERT learns to predict hidden ones'),
    text: z
      .array(z.string().min(1).meta({ placeholder: 'file' }))
      .min(1)
      .describe('text files, plain or gzip'),
    documents: z
      .enum(['line', 'blank-line'])
      .default('line')
      .describe('what ends a document: every line, or a blank line'),
    model: z
      .string()
      .min(1)
      .default(RANDOM_MODEL)
      .describe('the model to go on from, a folder or hub name; or "random"')
      .meta({ placeholder: 'model' }),
    tokenizer: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('folder of the tokenizer, for a model from random weights')
      .meta({ placeholder: 'folder' }),
    layers: ofRandom('layers of a model from random weights', RANDOM_SIZE.layers),
    hiddenSize: ofRandom('its width', RANDOM_SIZE.hiddenSize),
    heads: ofRandom('its attention heads', RANDOM_SIZE.heads),
    positions: count
      .nullable()
      .default(null)
      .describe('the longest text it can read, in tokens; as long as a row unless given'),
    length: z.int().min(16).default(128).describe('tokens of a row; longer documents are cut'),
    maskedShare: z
      .number()
      .positive()
      .max(1)
      .nullable()
      .default(null)
      .describe(
        `share of the tokens that a BERT has to predict while it learns; ${PREDICTED_SHARE} unless given, as on held-out text`,
      ),
    batchSize: count.default(32).describe('rows of a batch'),
    microBatch: count
      .nullable()
      .default(null)
      .describe('rows run at once (as many of a batch as fit into memory unless given)'),
    accumulation: count.default(1).describe('batches of an update'),
    gradientCheckpointing: z.boolean().default(false).describe('train in less memory, with more computing'),
    memory: memorySetting.describe(
      'gigabytes that the training may take (most of what the machine or the GPU has unless given)',
    ),
    tokens: count.nullable().default(null).describe('budget: tokens to train on'),
    hours: z.number().positive().nullable().default(null).describe('budget: hours to train for'),
    learningRate: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe('highest learning rate; 0.001 from random weights, 0.00005 from a model, unless given'),
    warmup: probability.default(0.02).describe('part of the budget during which the learning rate rises'),
    decay: z
      .enum(['cosine', 'linear'])
      .default('cosine')
      .describe('how the learning rate falls to 0 at the end of the budget'),
    weightDecay: z.number().min(0).default(0.01).describe('decoupled weight decay, on all but biases and norms'),
    beta2: probability.lt(1).default(0.98).describe('AdamW: how slowly the mean of squared gradients moves'),
    maxGradientNorm: z.number().positive().default(1).describe('gradients are clipped to this norm'),
    dropout: probability
      .lt(1)
      .nullable()
      .default(null)
      .describe('dropout while training; what the model’s configuration says unless given'),
    heldOut: count.default(500).describe('documents held out to measure on, chosen by hash'),
    evaluations: count.default(20).describe('measurements on held-out text, evenly over the budget'),
    samples: z
      .int()
      .min(0)
      .default(3)
      .describe('texts shown at each measurement: sentences that a GPT-2 writes, held-out text that a BERT completes'),
    shuffleBuffer: count.default(20_000).describe('documents shuffled together'),
    dtype: z.enum(['float32', 'float16', 'bfloat16']).default('float32').describe('number format of the model folder'),
    seed: z.int().min(0).default(1).describe('all randomness derives from it'),
    device: z.enum(DEVICE_CHOICES).default('auto').describe('where models run (auto: a GPU where a real one answers)'),
    threads: count.nullable().default(null).describe('threads on the processor (all cores unless given)'),
    checkpointSeconds: z.number().positive().default(300).describe('seconds between checkpoints'),
  })
  .superRefine((given, context) => {
    const refuse = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (given.tokens === null && given.hours === null) {
      refuse('tokens', 'a budget is missing: give --tokens or --hours');
    }
    if (given.model === RANDOM_MODEL) {
      if (given.tokenizer === null) {
        refuse('tokenizer', 'a model from random weights needs one: make it with dare tokenizer train');
      }
      const { hiddenSize, heads } = complete(given);
      if (hiddenSize % heads !== 0) {
        refuse('heads', `a width of ${hiddenSize} cannot be split into ${heads} attention heads`);
      }
      if (given.positions !== null && given.positions < given.length) {
        refuse('positions', `fewer than the ${given.length} tokens of a row`);
      }
    } else {
      for (const name of ['tokenizer', 'layers', 'hiddenSize', 'heads', 'positions'] as const) {
        if (given[name] !== null) refuse(name, 'a model folder has its own: leave this out');
      }
    }
    if (given.objective === 'causal' && given.maskedShare !== null) {
      refuse('maskedShare', 'the causal objective masks nothing: leave this out');
    }
  });

export type PretrainingConfiguration = z.infer<typeof pretrainingSchema>;

/** A configuration in which what may be left out is what it is then. */
export type CompleteConfiguration = ReturnType<typeof complete>;

export function complete(given: PretrainingConfiguration) {
  return {
    ...given,
    layers: given.layers ?? RANDOM_SIZE.layers,
    hiddenSize: given.hiddenSize ?? RANDOM_SIZE.hiddenSize,
    heads: given.heads ?? RANDOM_SIZE.heads,
    maskedShare: given.maskedShare ?? PREDICTED_SHARE,
  };
}
