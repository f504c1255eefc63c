/**
 * The relation classifier: BERT with a softmax over the relations and null.
 *
 * It reads masked sentences and answers with probabilities, L in its order and null last. `fineTuneClassifier` makes one from examples;
 * `ClassifierScorer` asks it.
 */
import type { ClassifierHead } from '../checkpoint/config.ts';
import type { WeightFormat } from '../checkpoint/number-formats.ts';
import { wordsOfPlaceholders, type Placeholders } from '../corpus/placeholders.ts';
import { UserError } from '../foundation/errors.ts';
import { deriveSeed } from '../foundation/random.ts';
import { Resources } from '../foundation/resources.ts';
import { labelFeeds, targetFeeds } from '../nn/batch.ts';
import { bertClassifierScoring, bertClassifierTraining } from '../nn/bert.ts';
import { loadWeights, openBert, saveModel, withHead, withTokens } from '../nn/model.ts';
import type { Device, Feeds, Parameters, Program } from '../runtime/device.ts';
import { areFinite } from '../runtime/finite.ts';
import { planScoring } from '../training/batching.ts';
import { decayFor, train } from '../training/train.ts';
import type { EpochRecord, TrainingContext, TrainingJob, TrainingSettings } from '../training/train.ts';
import { diverged } from '../training/update.ts';
import { ADAM_DEFAULTS } from '../runtime/device.ts';
import { classifierFeeds, classifierInput } from './classifier-input.ts';
import type { ClassifierModel } from './classifier-input.ts';
import { ENTITY_MARKERS } from './entity-markers.ts';

/** Sentences that are asked about at once, where it is not said how many. */
export const SCORED_TOGETHER = 32;

/** How null is called among a classifier's classes. */
export const NULL_CLASS = 'null';

/** A masked sentence for the classifier. */
export interface LabelledSentence {
  readonly text: string;
  /** The class's place: L in its order, then null. */
  readonly label: number;
  /** What is learned in place of the label: the probability of each class. */
  readonly target?: readonly number[] | undefined;
}

export interface ClassifierFineTuning {
  /** The model folder to start from. */
  readonly base: string;
  /** What it reads of a sentence. */
  readonly head: ClassifierHead;
  readonly relations: readonly string[];
  /** What it reads for the two mentions: one pair for all sentences, or a pair for each pair of types. */
  readonly placeholders: readonly Placeholders[];
  /** Placeholders become tokens of their own. */
  readonly addPlaceholderTokens: boolean;
  readonly training: readonly LabelledSentence[];
  readonly validation: readonly LabelledSentence[];
  /** How much an example of each class counts, in training and validation loss; 1 for all when left out. */
  readonly classWeights?: readonly number[];
  /** Tokens of a sequence, [CLS] and [SEP] included. */
  readonly maxLength: number;
  readonly weightDecay: number;
  readonly settings: TrainingSettings;
  /** Less memory for a fifth to a third more time, and the same weights (graph/checkpoint.ts). */
  readonly checkpointing: boolean;
  readonly format?: WeightFormat;
}

export interface FineTunedClassifier {
  readonly history: readonly EpochRecord[];
  /** Probabilities of the sentences asked for, [classes] each. */
  readonly probabilities: readonly Float32Array[][];
}

/**
 * Fine-tunes a classifier, writes its folder to `output` (unless undefined), and scores texts with it.
 * @param scored lists of masked sentences to score with the finished classifier.
 * @throws UserError as `train` does, and when there is nothing to learn from.
 */
export async function fineTuneClassifier(
  device: Device,
  options: ClassifierFineTuning,
  scored: readonly (readonly string[])[],
  output: string | undefined,
  context: TrainingContext,
): Promise<FineTunedClassifier> {
  const { head, placeholders, relations } = options;
  if (options.training.length === 0) throw new UserError(`${context.stage}: there are no examples to learn from`);
  const opened = withHead(await openBert(options.base), head);
  const masked = options.addPlaceholderTokens ? withTokens(opened, wordsOfPlaceholders(placeholders)) : opened;
  const model = head === 'cls' ? masked : withTokens(masked, ENTITY_MARKERS, { singleWord: false });
  const classes = [...relations, NULL_CLASS];
  const maxLength = Math.min(options.maxLength, model.config.max_position_embeddings);
  const encode = (text: string) => classifierInput(model, text, placeholders, maxLength);

  const softTargets = options.training.some(({ target }) => target !== undefined);
  const { graph, loss } = bertClassifierTraining(model.config, classes.length, {
    checkpointing: options.checkpointing,
    softTargets,
  });
  const held = new Resources();
  try {
    const { parameters } = await loadWeights(device, model, graph, {
      trainable: true,
      // The head is new; a masked language model has no pooler either.
      optional: [/^classifier\./, /^bert\.pooler\./],
      // Members of an ensemble differ in their heads as in all else that is random.
      seed: deriveSeed(context.seed, ...context.stream, 'head'),
    });
    held.add(parameters);
    const program = held.add(
      await device.createTrainingProgram(graph, loss, parameters, {
        ...ADAM_DEFAULTS,
        weightDecay: (name) => decayFor(name, options.weightDecay),
      }),
    );
    // No more sentences than the training runs: its memory was found to hold so many.
    const together = Math.min(SCORED_TOGETHER, options.settings.microBatch ?? SCORED_TOGETHER);
    const scorer = held.add(await ClassifierScorer.create(device, model, parameters, classes.length, together));
    const inputs = options.training.map(({ text }) => encode(text));
    const weights = options.training.map(({ label }) => options.classWeights?.[label] ?? 1);
    const validationInputs = options.validation.map(({ text }) => encode(text));
    const job: TrainingJob = {
      lengths: inputs.map((ids) => ids.length),
      weights,
      feeds: (examples, totalWeight) => ({
        ...classifierFeeds(
          model,
          examples.map((example) => ({ ids: inputs[example]! })),
        ),
        ...lossFeeds(
          examples.map((example) => options.training[example]!),
          examples.map((example) => weights[example]! / totalWeight),
          softTargets ? classes.length : undefined,
        ),
      }),
      ...(validationInputs.length > 0 && {
        validationLoss: async () => {
          const rows = await scorer.probabilities(validationInputs);
          return weightedNegativeLogLikelihood(
            rows,
            options.validation.map(({ label }) => label),
            options.classWeights,
          );
        },
      }),
    };
    const history = await train(program, parameters, job, options.settings, context);
    const probabilities: Float32Array[][] = [];
    for (const texts of scored) {
      const rows = await scorer.probabilities(texts.map(encode));
      // Without validation data nothing has looked at the last update's weights.
      if (!rows.every(areFinite)) throw diverged(context.stage, history.at(-1)!.updates - 1, options.settings);
      probabilities.push(rows);
    }
    if (output !== undefined) {
      const format = options.format ?? 'float32';
      await saveModel(output, model, parameters, {
        // `transformers` has no class with the other head: its weights are read by name (docs/guides/predict.md).
        architecture: head === 'cls' ? 'BertForSequenceClassification' : 'BertModel',
        labels: classes,
        format,
      });
    }
    return { history, probabilities };
  } finally {
    await held.dispose();
  }
}

/** @param classes where distributions are learned: a label becomes one that is certain. */
function lossFeeds(
  examples: readonly LabelledSentence[],
  weights: readonly number[],
  classes: number | undefined,
): Feeds {
  if (classes === undefined) {
    return labelFeeds(
      examples.map(({ label }) => label),
      weights,
    );
  }
  const targets = examples.map(
    ({ label, target }) => target ?? Array.from({ length: classes }, (_, place) => (place === label ? 1 : 0)),
  );
  return targetFeeds(targets, classes, weights);
}

/** Weighted mean of −log p of the labels, as PyTorch's CrossEntropyLoss(weight) has it: divided by the sum of the weights. */
function weightedNegativeLogLikelihood(
  rows: readonly Float32Array[],
  labels: readonly number[],
  classWeights: readonly number[] | undefined,
): number {
  const SMALLEST = 1e-38;
  let [loss, total] = [0, 0];
  for (const [index, label] of labels.entries()) {
    const weight = classWeights?.[label] ?? 1;
    loss -= weight * Math.log(Math.max(rows[index]![label]!, SMALLEST));
    total += weight;
  }
  return loss / total;
}

/** Asks a classifier, batched by length. */
export class ClassifierScorer {
  readonly #program: Program;
  readonly #model: ClassifierModel;
  readonly #classes: number;
  readonly #batchSize: number;

  private constructor(program: Program, model: ClassifierModel, classes: number, batchSize: number) {
    this.#program = program;
    this.#model = model;
    this.#classes = classes;
    this.#batchSize = batchSize;
  }

  /** @param parameters the weights, which may go on changing between calls. */
  static async create(
    device: Device,
    model: ClassifierModel,
    parameters: Parameters,
    classes: number,
    batchSize = SCORED_TOGETHER,
  ): Promise<ClassifierScorer> {
    const program = await device.createProgram(bertClassifierScoring(model.config, classes), parameters);
    return new ClassifierScorer(program, model, classes, batchSize);
  }

  /** Probabilities of the classes for each token sequence, in the order given; NaN where the model says no numbers. */
  async probabilities(inputs: readonly (readonly number[])[]): Promise<Float32Array[]> {
    return this.#rows(
      inputs.map((ids) => ({ ids })),
      'probabilities',
    );
  }

  /** Logits of the classes for each token sequence; likewise. */
  async logits(inputs: readonly { ids: readonly number[]; types?: readonly number[] }[]): Promise<Float32Array[]> {
    return this.#rows(inputs, 'logits');
  }

  async #rows(
    inputs: readonly { ids: readonly number[]; types?: readonly number[] }[],
    output: 'logits' | 'probabilities',
  ): Promise<Float32Array[]> {
    const rows = new Array<Float32Array>(inputs.length);
    for (const batch of planScoring(
      inputs.map(({ ids }) => ids.length),
      this.#batchSize,
    )) {
      const results = await this.#program.run(
        classifierFeeds(
          this.#model,
          batch.map((index) => inputs[index]!),
        ),
      );
      const rowOf = (name: typeof output, example: number) =>
        Float32Array.from(results[name]!.data.subarray(example * this.#classes, (example + 1) * this.#classes));
      batch.forEach((index, example) => {
        // A GPU's softmax may make numbers of what are none.
        rows[index] = areFinite(rowOf('logits', example))
          ? rowOf(output, example)
          : new Float32Array(this.#classes).fill(NaN);
      });
    }
    return rows;
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}
