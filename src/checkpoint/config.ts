/**
 * A model folder's `config.json`: what GPT-2 and BERT need of it, checked; the defaults are those of `transformers`.
 *
 * Settings that would change the mathematics and that we do not compute are refused by name, never ignored.
 */
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';

const size = z.int().positive();
/** Dropout of 1 would leave nothing. */
const probability = z.number().min(0).lt(1);
const labelNames = z.record(z.string().regex(/^\d+$/, 'expected label numbers as keys'), z.string());

/** A setting that is only supported at one value, which is also its default. */
const only = (value: boolean | string) =>
  z
    .unknown()
    .refine((given) => given === undefined || given === null || given === value, {
      error: (issue) => `${JSON.stringify(issue.input)} is not supported, only ${JSON.stringify(value)}`,
    })
    .optional();

/** What a BERT classifier reads: the first position, or where the two entities begin. */
export const CLASSIFIER_HEADS = ['cls', 'entity-markers'] as const;
export type ClassifierHead = (typeof CLASSIFIER_HEADS)[number];

/** The activations that the layers know, by the names of `transformers`. */
const activation = z.enum(['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu']);

const labels = {
  id2label: labelNames.optional(),
  label2id: z.record(z.string(), z.int().min(0)).optional(),
  num_labels: size.optional(),
  architectures: z.array(z.string()).nullish(),
};

const gpt2Schema = z.looseObject({
  ...labels,
  model_type: z.literal('gpt2'),
  vocab_size: size.default(50257),
  n_positions: size.default(1024),
  n_embd: size.default(768),
  n_layer: size.default(12),
  n_head: size.default(12),
  /** The feed-forward layer's width; 4 · n_embd when absent. */
  n_inner: size.nullish(),
  activation_function: activation.default('gelu_new'),
  resid_pdrop: probability.default(0.1),
  embd_pdrop: probability.default(0.1),
  attn_pdrop: probability.default(0.1),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  initializer_range: z.number().positive().default(0.02),
  bos_token_id: z.int().min(0).nullish(),
  eos_token_id: z.int().min(0).nullish(),
  pad_token_id: z.int().nullish(),
  tie_word_embeddings: only(true),
  scale_attn_weights: only(true),
  /** Scores of layer i, from 0, are divided by i + 1, as in BioMedLM. */
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  add_cross_attention: only(false),
  is_encoder_decoder: only(false),
});

const bertSchema = z.looseObject({
  ...labels,
  model_type: z.literal('bert'),
  vocab_size: size.default(30522),
  hidden_size: size.default(768),
  num_hidden_layers: size.default(12),
  num_attention_heads: size.default(12),
  intermediate_size: size.default(3072),
  hidden_act: activation.default('gelu'),
  hidden_dropout_prob: probability.default(0.1),
  attention_probs_dropout_prob: probability.default(0.1),
  /** `hidden_dropout_prob` when absent. */
  classifier_dropout: probability.nullish(),
  /** Ours, not of `transformers`: what a classifier reads (nn/bert.ts). Folders of `transformers` have the [CLS] head. */
  classifier_head: z.enum(CLASSIFIER_HEADS).default('cls'),
  max_position_embeddings: size.default(512),
  type_vocab_size: size.default(2),
  initializer_range: z.number().positive().default(0.02),
  layer_norm_eps: z.number().positive().default(1e-12),
  pad_token_id: z.int().min(0).nullish(),
  position_embedding_type: only('absolute'),
  is_decoder: only(false),
  add_cross_attention: only(false),
  tie_word_embeddings: only(true),
});

/** GPT-2's settings, under the names of `transformers`. */
export type Gpt2Config = z.infer<typeof gpt2Schema>;
/** BERT's settings, under the names of `transformers`. */
export type BertConfig = z.infer<typeof bertSchema>;
export type ModelConfig = Gpt2Config | BertConfig;

/**
 * Checks the content of a `config.json`.
 * @param where the file named in error messages.
 * @throws UserError naming the file and the first setting that is wrong or not supported.
 */
export function parseModelConfig(json: unknown, where: string): ModelConfig {
  const type = z.looseObject({ model_type: z.string().optional() }).safeParse(json).data?.model_type;
  if (type !== 'gpt2' && type !== 'bert') {
    throw new UserError(type ? `model_type "${type}" is not supported` : 'has no model_type', {
      where,
      remedy: 'use a GPT-2 or BERT model',
    });
  }
  const parsed = (type === 'gpt2' ? gpt2Schema : bertSchema).safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}`, { where });
  }
  const config = parsed.data;
  const [hidden, heads, names] =
    config.model_type === 'gpt2'
      ? [config.n_embd, config.n_head, 'n_embd, n_head']
      : [config.hidden_size, config.num_attention_heads, 'hidden_size, num_attention_heads'];
  if (hidden % heads !== 0) {
    throw new UserError(`a hidden size of ${hidden} cannot be split into ${heads} attention heads (${names})`, {
      where,
    });
  }
  return config;
}

/** The number of classes that a configuration states, if it does; `transformers` counts `id2label`, and takes 2 where nothing is said. */
export function labelCount(config: ModelConfig): number | undefined {
  return config.id2label ? Object.keys(config.id2label).length : config.num_labels;
}

/** The class names in order, if the configuration states them. @throws UserError when the numbers are not 0 … n−1. */
export function labelNamesOf(config: ModelConfig, where: string): string[] | undefined {
  const { id2label } = config;
  if (!id2label) return undefined;
  const count = Object.keys(id2label).length;
  return Array.from({ length: count }, (_, id) => {
    const name = id2label[String(id)];
    if (name === undefined) throw new UserError(`id2label: ${count} labels, but none for ${id}`, { where });
    return name;
  });
}
