/**
 * Fine-tuning a GPT-2 on sentences: DARE's step "fine-tune GPT-2 on D_c".
 *
 * A training row is `<|endoftext|>` sentence `<|endoftext|>`, one sentence a row, not packed, so that the end-of-text token prompts for a sentence
 * and ends one; where there is a control it stands between the first and the sentence. The loss is the mean over the tokens of an update.
 */
import { placeholdersIn, wordsOfPlaceholders, type Placeholders } from '../corpus/placeholders.ts';
import { UserError } from '../foundation/errors.ts';
import { deriveSeed } from '../foundation/random.ts';
import { Resources } from '../foundation/resources.ts';
import { saveAdapter } from '../nn/adapted-model.ts';
import { decoderFeeds } from '../nn/batch.ts';
import { gpt2Training } from '../nn/gpt2.ts';
import { ADAPTERS, isAdapter } from '../nn/lora.ts';
import type { LoraSettings } from '../nn/lora.ts';
import { loadWeights, openGpt2, saveModel, withTokens } from '../nn/model.ts';
import type { WeightFormat } from '../checkpoint/number-formats.ts';
import type { Device } from '../runtime/device.ts';
import { encodeMasked } from '../text/encode-masked.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { decayFor, train } from '../training/train.ts';
import type { EpochRecord, TrainingContext, TrainingSettings } from '../training/train.ts';
import { ADAM_DEFAULTS } from '../runtime/device.ts';

/** A masked sentence to learn to write. */
export interface GeneratorSentence {
  readonly text: string;
  /** What stands before it, where one generator learns several kinds of sentences (control.ts). */
  readonly control?: string;
}

export interface GeneratorFineTuning {
  /** The model folder to start from. */
  readonly base: string;
  readonly sentences: readonly GeneratorSentence[];
  /** Those of the sentences: a pair for each pair of types. */
  readonly placeholders: readonly Placeholders[];
  /** Placeholders become tokens of their own. */
  readonly addPlaceholderTokens: boolean;
  /** Tokens of a row, the two end-of-text tokens included. */
  readonly maxLength: number;
  readonly weightDecay: number;
  readonly training: Omit<TrainingSettings, 'keep'>;
  /** Less memory for a fifth to a third more time, and the same weights (graph/checkpoint.ts). */
  readonly checkpointing: boolean;
  readonly format?: WeightFormat;
  /** Adapters are trained in place of the model, and written in place of it. They leave the embeddings as they are: no tokens can be added. */
  readonly lora?: LoraSettings & {
    /** What the adapter's folder calls its base: a name on the hub, or a path. */
    readonly baseName: string;
  };
}

/**
 * Fine-tunes and writes the model, or its adapter, to `output`.
 * @throws UserError when there is nothing to learn from.
 */
export async function fineTuneGenerator(
  device: Device,
  options: GeneratorFineTuning,
  output: string,
  context: TrainingContext,
): Promise<EpochRecord[]> {
  const { placeholders, sentences, lora } = options;
  if (sentences.length === 0) throw new UserError(`${context.stage}: there are no sentences to fine-tune on`);
  const opened = await openGpt2(options.base);
  const model = options.addPlaceholderTokens ? withTokens(opened, wordsOfPlaceholders(placeholders)) : opened;
  const maxLength = Math.min(options.maxLength, model.config.n_positions);
  const rows = sentences.map((sentence) => trainingRow(model.tokenizer, sentence, placeholders, maxLength));

  const { graph, loss } = gpt2Training(model.config, { lora, checkpointing: options.checkpointing });
  const held = new Resources();
  try {
    const { parameters } = await loadWeights(device, model, graph, {
      trainable: lora ? isAdapter : true,
      optional: lora ? [ADAPTERS] : [],
      seed: deriveSeed(context.seed, ...context.stream, 'adapters'),
    });
    held.add(parameters);
    const program = held.add(
      await device.createTrainingProgram(graph, loss, parameters, {
        ...ADAM_DEFAULTS,
        weightDecay: (name) => decayFor(name, options.weightDecay),
      }),
    );
    const job = {
      lengths: rows.map((row) => row.length),
      weights: rows.map((row) => row.length - 1),
      feeds: (examples: readonly number[], totalWeight: number) =>
        decoderFeeds(
          examples.map((example) => rows[example]!),
          1 / totalWeight,
        ),
    };
    const history = await train(program, parameters, job, { ...options.training, keep: 'last' }, context);
    const format = options.format ?? 'float32';
    if (lora) await saveAdapter(output, parameters, lora, lora.baseName);
    else await saveModel(output, model, parameters, { architecture: 'GPT2LMHeadModel', format });
    return history;
  } finally {
    await held.dispose();
  }
}

/** `<|endoftext|>` sentence `<|endoftext|>`, the sentence cut around the placeholders when too long, its control before it. */
export function trainingRow(
  tokenizer: Tokenizer,
  { text, control }: GeneratorSentence,
  placeholders: GeneratorFineTuning['placeholders'],
  maxLength: number,
): number[] {
  const { endOfText } = tokenizer;
  if (endOfText === undefined) throw new UserError('the generator’s tokenizer has no end-of-text token');
  const before = control === undefined ? [endOfText] : [endOfText, ...tokenizer.encode(control)];
  const room = maxLength - before.length - 1;
  const own = placeholdersIn(text, placeholders);
  return [...before, ...encodeMasked(tokenizer, text, own, room, control !== undefined), endOfText];
}
