/**
 * The tokenizer as data: Hugging Face's `tokenizer.json` and `tokenizer_config.json`.
 *
 * Two kinds are read, those of BERT (WordPiece) and GPT-2 (byte-level BPE). Older model folders have only the vocabulary files;
 * from those the same object is built here, so that everything after this file knows one form.
 */
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';

const addedTokenSchema = z.looseObject({
  id: z.int().min(0),
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
});

/** A token beside the model's vocabulary, found in the text before anything else happens to it. */
export type AddedToken = z.infer<typeof addedTokenSchema>;

// Tens of thousands of entries: checked by plain loops, since a schema for each element takes seconds.
export const vocabularySchema = z.custom<Record<string, number>>(
  (value) => isObject(value) && Object.values(value).every((id) => Number.isInteger(id) && Number(id) >= 0),
  'expected an object of tokens and ids',
);
const mergesSchema = z.custom<string[] | [string, string][]>(
  (value) => Array.isArray(value) && (value.every(isString) || value.every(isPairOfStrings)),
  'expected a list of pairs of tokens',
);

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isPairOfStrings(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every(isString);
}

const bpeModelSchema = z.looseObject({
  type: z.literal('BPE'),
  vocab: vocabularySchema,
  merges: mergesSchema,
});

const wordPieceModelSchema = z.looseObject({
  type: z.literal('WordPiece'),
  unk_token: z.string().default('[UNK]'),
  continuing_subword_prefix: z.string().default('##'),
  max_input_chars_per_word: z.int().default(100),
  vocab: vocabularySchema,
});

/** BERT's normaliser; `strip_accents: null` means "when lowercasing". */
const bertNormalizerSchema = z.looseObject({
  type: z.literal('BertNormalizer'),
  clean_text: z.boolean().default(true),
  handle_chinese_chars: z.boolean().default(true),
  strip_accents: z.boolean().nullish(),
  lowercase: z.boolean().default(true),
});

const bertPreTokenizerSchema = z.looseObject({ type: z.literal('BertPreTokenizer') });

const byteLevelSchema = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.boolean().default(false),
  use_regex: z.literal(true).default(true),
});

const commonParts = {
  added_tokens: z.array(addedTokenSchema).default([]),
  post_processor: z.unknown().optional(),
  decoder: z.unknown().optional(),
};

const wordPieceSchema = z.looseObject({
  ...commonParts,
  normalizer: bertNormalizerSchema,
  pre_tokenizer: bertPreTokenizerSchema,
  model: wordPieceModelSchema,
});

const byteLevelBpeSchema = z.looseObject({
  ...commonParts,
  normalizer: z.null().default(null),
  pre_tokenizer: byteLevelSchema,
  model: bpeModelSchema,
});

export type WordPieceJson = z.infer<typeof wordPieceSchema>;
export type ByteLevelBpeJson = z.infer<typeof byteLevelBpeSchema>;
export type TokenizerJson = WordPieceJson | ByteLevelBpeJson;

/** A special token's name in a configuration file: plain, or an object with its matching rules. */
const tokenNameSchema = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform((token) => token.content)])
  .nullish();

/** The fields of `tokenizer_config.json` that say something we use; the others are kept and written back. */
const tokenizerConfigSchema = z.looseObject({
  bos_token: tokenNameSchema,
  eos_token: tokenNameSchema,
  unk_token: tokenNameSchema,
  sep_token: tokenNameSchema,
  pad_token: tokenNameSchema,
  cls_token: tokenNameSchema,
  mask_token: tokenNameSchema,
  do_lower_case: z.boolean().optional(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().optional(),
  add_prefix_space: z.boolean().optional(),
});

export type TokenizerConfig = z.infer<typeof tokenizerConfigSchema>;

/**
 * Checks the content of a `tokenizer.json`.
 * @throws UserError naming the part that is neither BERT's nor GPT-2's.
 */
export function parseTokenizerJson(json: unknown, where: string): TokenizerJson {
  const head = z.looseObject({ model: z.looseObject({ type: z.string().optional() }) }).safeParse(json);
  const type = head.data?.model.type;
  if (type !== 'BPE' && type !== 'WordPiece') {
    throw new UserError(type ? `tokenizer model "${type}" is not supported` : 'holds no tokenizer model', {
      where,
      remedy: 'use a BERT (WordPiece) or GPT-2 (byte-level BPE) tokenizer',
    });
  }
  const parsed = (type === 'BPE' ? byteLevelBpeSchema : wordPieceSchema).safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`, {
    where,
    remedy: `not the form of ${type === 'BPE' ? 'a GPT-2' : 'a BERT'} tokenizer`,
  });
}

/** Checks the content of a `tokenizer_config.json`. @throws UserError naming the offending key. */
export function parseTokenizerConfig(json: unknown, where: string): TokenizerConfig {
  const parsed = tokenizerConfigSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}`, { where });
}

/** Whether the tokenizer is BERT's kind. */
export function isWordPiece(json: TokenizerJson): json is WordPieceJson {
  return json.model.type === 'WordPiece';
}

/** A special token in the form of `tokenizer.json`: found as it stands, anywhere in the text. */
export function specialToken(content: string, id: number): AddedToken {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

/** BERT's special tokens, in the order of ids in a vocabulary of our own. */
export const BERT_SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
/** GPT-2's only special token: it opens, closes and separates texts. */
export const END_OF_TEXT = '<|endoftext|>';

export interface WordPieceOptions {
  /** Lowercase the text, and strip accents unless `stripAccents` says otherwise. */
  lowercase: boolean;
  stripAccents?: boolean | undefined;
  /** Surround Chinese characters by spaces, so that each is a word; true unless stated. */
  handleChineseCharacters?: boolean | undefined;
}

/**
 * The `tokenizer.json` that `transformers` would build from BERT's `vocab.txt`.
 * @param tokens the vocabulary in the order of ids.
 */
export function wordPieceJson(tokens: readonly string[], options: WordPieceOptions): WordPieceJson {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const specials = BERT_SPECIAL_TOKENS.flatMap((token) => {
    const id = ids.get(token);
    return id === undefined ? [] : [specialToken(token, id)];
  });
  const template = (name: string) => ({ SpecialToken: { id: name, type_id: 0 } });
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  const templateToken = (name: string) => ({ id: name, ids: [ids.get(name) ?? 0], tokens: [name] });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: options.handleChineseCharacters ?? true,
      strip_accents: options.stripAccents ?? null,
      lowercase: options.lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [template('[CLS]'), sequence('A', 0), template('[SEP]')],
      pair: [
        template('[CLS]'),
        sequence('A', 0),
        template('[SEP]'),
        sequence('B', 1),
        { SpecialToken: { id: '[SEP]', type_id: 1 } },
      ],
      special_tokens: { '[CLS]': templateToken('[CLS]'), '[SEP]': templateToken('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      // `fromEntries` makes own properties even of names like "__proto__".
      vocab: Object.fromEntries(ids),
    },
  };
}

/**
 * The `tokenizer.json` that `transformers` would build from GPT-2's `vocab.json` and `merges.txt`.
 * @param vocab token (in the byte alphabet) → id.
 * @param merges the pairs joined, first learnt first.
 */
export function byteLevelBpeJson(
  vocab: Record<string, number>,
  merges: [string, string][],
  { addPrefixSpace = false }: { addPrefixSpace?: boolean | undefined } = {},
): ByteLevelBpeJson {
  const byteLevel = (addPrefix: boolean) => ({
    type: 'ByteLevel' as const,
    add_prefix_space: addPrefix,
    trim_offsets: true,
    use_regex: true as const,
  });
  const endOfText = vocab[END_OF_TEXT];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: endOfText === undefined ? [] : [specialToken(END_OF_TEXT, endOfText)],
    normalizer: null,
    pre_tokenizer: byteLevel(addPrefixSpace),
    post_processor: { ...byteLevel(true), trim_offsets: false },
    decoder: byteLevel(true),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}
