/** Models between disk and device: opening a folder, putting its weights on a device, writing them back. */
import { labelCount, parseModelConfig } from '../checkpoint/config.ts';
import type { BertConfig, ClassifierHead, Gpt2Config, ModelConfig } from '../checkpoint/config.ts';
import { matchTensors } from '../checkpoint/matching.ts';
import { openWeights, readModelConfig } from '../checkpoint/model-folder.ts';
import { isAdapterFolder, readAdapter, resolveBase } from '../checkpoint/peft-adapter.ts';
import type { Adapter } from '../checkpoint/peft-adapter.ts';
import { readFinite } from '../checkpoint/tensor-source.ts';
import { writeModelFolder } from '../checkpoint/write-model-folder.ts';
import type { WeightFormat } from '../checkpoint/number-formats.ts';
import { UserError } from '../foundation/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Device, Parameters, ParameterSpecification, Trainable } from '../runtime/device.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import type { AddedVocabulary, Tokenizer } from '../text/tokenizer.ts';
import { mergeLayer, requireFit } from './adapted-model.ts';
import { gpt2Scoring } from './gpt2.ts';
import { initialValues } from './initialize.ts';

/** A model folder that was opened: what is needed to build its graphs, the weights still on disk. */
export interface Model<C extends ModelConfig = ModelConfig> {
  readonly folder: string;
  readonly config: C;
  readonly rawConfig: Readonly<Record<string, unknown>>;
  readonly tokenizer: Tokenizer;
  /** Tokens added to the vocabulary since the weights were written; their embeddings start at the mean of their pieces'. */
  readonly added: readonly AddedVocabulary[];
  /** Merged into the weights when they are loaded, in this order: an adapter may adapt an adapted model. */
  readonly adapters: readonly Adapter[];
}

async function openModel(folder: string): Promise<Model> {
  const { config, rawConfig } = await readModelConfig(folder);
  const tokenizer = await loadTokenizer(folder);
  if (tokenizer.vocabularySize > config.vocab_size) {
    throw new UserError(
      `the tokenizer has ${tokenizer.vocabularySize} tokens, the model ${config.vocab_size} embeddings`,
      {
        where: folder,
        remedy: 'use the tokenizer files that belong to these weights',
      },
    );
  }
  return { folder, config, rawConfig, tokenizer, added: [], adapters: [] };
}

/**
 * Opens a GPT-2, or one with a LoRA adapter when the folder is an adapter's; its base may be another adapter's folder.
 * @param options.base the adapter's base, where it is known; else the adapter says (its name is looked up in the cache).
 * @throws UserError when the folder is damaged, or holds another kind of model.
 */
export async function openGpt2(folder: string, options: { base?: string } = {}): Promise<Model<Gpt2Config>> {
  if (await isAdapterFolder(folder)) {
    const adapter = await readAdapter(folder, 'gpt2');
    const base = await openGpt2(options.base ?? (await resolveBase(folder, { offline: true })));
    requireFit(adapter, specificationsOf(gpt2Scoring(base.config)));
    return { ...base, adapters: [...base.adapters, adapter] };
  }
  const model = await openModel(folder);
  const { config } = model;
  if (config.model_type !== 'gpt2' || model.tokenizer.kind !== 'byte-level-bpe') throw wrongKind(folder, 'a GPT-2');
  return { ...model, config };
}

/** Opens a BERT. @throws UserError when the folder is damaged, or holds another kind of model. */
export async function openBert(folder: string): Promise<Model<BertConfig>> {
  const model = await openModel(folder);
  const { config } = model;
  if (config.model_type !== 'bert' || model.tokenizer.kind !== 'wordpiece') throw wrongKind(folder, 'a BERT');
  return { ...model, config };
}

function wrongKind(folder: string, wanted: string): UserError {
  return new UserError(`this is not ${wanted} model`, { where: folder, remedy: `name a folder that holds ${wanted}` });
}

/** The model with more tokens in its vocabulary, and as many more rows in its embeddings as they need. */
export function withTokens<C extends ModelConfig>(
  model: Model<C>,
  tokens: readonly string[],
  options: { readonly singleWord?: boolean } = {},
): Model<C> {
  const { tokenizer, added } = model.tokenizer.withAddedTokens([...tokens], options);
  const rows = Math.max(model.config.vocab_size, tokenizer.vocabularySize);
  return { ...model, config: { ...model.config, vocab_size: rows }, tokenizer, added: [...model.added, ...added] };
}

/** The model with another classifier's head than its folder has. */
export function withHead(model: Model<BertConfig>, head: ClassifierHead): Model<BertConfig> {
  return {
    ...model,
    config: { ...model.config, classifier_head: head },
    // What is undefined is not written: a folder with the [CLS] head is as `transformers` writes it.
    rawConfig: { ...model.rawConfig, classifier_head: head === 'cls' ? undefined : head },
  };
}

/** Names and shapes of a graph's parameters. */
export function specificationsOf(graph: Graph): ParameterSpecification[] {
  return graph.parameters().map(({ name, shape }) => ({ name, shape: shape.map(Number) }));
}

export interface LoadedWeights {
  readonly parameters: Parameters;
  /** Parameters that the folder lacks and that start from random values (a new classifier head). */
  readonly initialized: readonly string[];
  /** Tensors of the folder that this model does not use. */
  readonly superfluous: readonly string[];
}

export interface LoadOptions {
  readonly trainable: Trainable;
  /** Parameters that may be missing from the folder, or of another shape there; they are then initialized with `seed`. */
  readonly optional?: readonly RegExp[];
  readonly seed?: number;
}

/**
 * Puts the weights that a graph needs on a device.
 * @throws UserError when a tensor is missing or of the wrong shape, or not all of its numbers are finite.
 */
export async function loadWeights(
  device: Device,
  model: Omit<Model, 'tokenizer'>,
  graph: Graph,
  options: LoadOptions,
): Promise<LoadedWeights> {
  const { config, added, adapters } = model;
  const specifications = specificationsOf(graph);
  const source = await openWeights(model.folder);
  let parameters: Parameters | undefined;
  try {
    const stored = storedShapes(model, specifications);
    const match = matchTensors(source, stored, config.model_type, { optional: options.optional ?? [] });
    parameters = await device.createParameters(specifications, { trainable: options.trainable });
    for (const [index, specification] of specifications.entries()) {
      const { name, shape } = specification;
      const storedName = match.mapping.get(name);
      if (storedName === undefined) {
        await parameters.write(name, initialValues(specification, config, options.seed ?? 0));
        continue;
      }
      const values = new Float32Array(elementCount(shape));
      const storedSize = elementCount(stored[index]!.shape);
      await readFinite(source, storedName, values.subarray(0, storedSize));
      if (isTokenTable(name)) startAtMeanOfPieces(values, shape[1]!, added);
      if (name.endsWith('.weight')) {
        for (const adapter of adapters) mergeLayer(values, name.slice(0, -'.weight'.length), adapter);
      }
      await parameters.write(name, values);
    }
    return { parameters, initialized: match.missing, superfluous: match.superfluous };
  } catch (error) {
    await parameters?.dispose();
    throw error;
  } finally {
    await source.close();
  }
}

const isTokenTable = (name: string): boolean => /(?:wte|word_embeddings)\.weight$/.test(name);
const isPerToken = (name: string): boolean => isTokenTable(name) || name === 'cls.predictions.bias';

/** Shapes as they are on disk: without the rows of added tokens. */
function storedShapes(
  { rawConfig, folder }: Pick<Model, 'rawConfig' | 'folder'>,
  specifications: readonly ParameterSpecification[],
): ParameterSpecification[] {
  const { vocab_size: rows } = parseModelConfig(rawConfig, folder);
  return specifications.map(({ name, shape }) => ({
    name,
    shape: isPerToken(name) ? [rows, ...shape.slice(1)] : shape,
  }));
}

/** Rows of a token table for added tokens; a random row would hardly move in the few steps of fine-tuning. */
function startAtMeanOfPieces(table: Float32Array, width: number, added: readonly AddedVocabulary[]): void {
  for (const { id, pieces } of added) {
    const row = table.subarray(id * width, (id + 1) * width).fill(0);
    for (const piece of pieces) {
      for (let column = 0; column < width; column++) row[column]! += table[piece * width + column]! / pieces.length;
    }
  }
}

export interface SaveOptions {
  /** Hugging Face's class name, as config.json's `architectures` has it. */
  readonly architecture: string;
  /** Class names of a classifier, in the order of its outputs. */
  readonly labels?: readonly string[];
  readonly format?: WeightFormat;
}

/** Writes a model folder that this library and `transformers` read. */
export async function saveModel(
  folder: string,
  model: Model,
  parameters: Parameters,
  options: SaveOptions,
): Promise<void> {
  const { labels } = options;
  await writeModelFolder(folder, {
    config: {
      ...model.rawConfig,
      vocab_size: model.config.vocab_size,
      architectures: [options.architecture],
      ...(labels && {
        id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
        label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
      }),
    },
    tensors: parameters.specifications.map(({ name, shape }) => ({ name, shape, data: () => parameters.read(name) })),
    dtype: options.format ?? 'float32',
    tokenizer: model.tokenizer,
  });
}

/** The number of classes of a classifier folder. `transformers` takes 2 where the config does not say. */
export function classCount(config: ModelConfig): number {
  return labelCount(config) ?? 2;
}
