/**
 * The tokenizer of a model folder: from `tokenizer.json`, else from the older vocabulary files. Added tokens may also stand in
 * `tokenizer_config.json` and `added_tokens.json`; they are gathered here.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { kindAt, readJson, readText } from '../foundation/files.ts';
import { Tokenizer } from './tokenizer.ts';
import {
  byteLevelBpeJson,
  parseTokenizerConfig,
  parseTokenizerJson,
  specialToken,
  vocabularySchema,
  wordPieceJson,
  type AddedToken,
  type TokenizerConfig,
  type TokenizerJson,
} from './tokenizer-json.ts';

/**
 * Loads a folder's tokenizer.
 * @throws UserError when the folder holds none, or one that is neither GPT-2's nor BERT's kind.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  if ((await kindAt(folder)) === undefined) {
    throw new UserError('no such file or folder', { where: folder, remedy: 'check the path' });
  }
  const configPath = join(folder, 'tokenizer_config.json');
  const config = parseTokenizerConfig((await readJsonIfThere(configPath, z.unknown())) ?? {}, configPath);
  const specials = await readJsonIfThere(join(folder, 'special_tokens_map.json'), z.record(z.string(), z.unknown()));
  const merged = parseTokenizerConfig(
    { ...specials, ...withoutEmpty(config) },
    join(folder, 'special_tokens_map.json'),
  );
  const { json, path } = await readTokenizerJson(folder, config);
  json.added_tokens = [...json.added_tokens, ...(await furtherTokens(folder, merged, json))];
  return Tokenizer.fromJson(json, merged, path);
}

/** Keys that the configuration names but leaves empty must not hide those of `special_tokens_map.json`. */
function withoutEmpty(config: TokenizerConfig): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined));
}

async function readTokenizerJson(
  folder: string,
  config: TokenizerConfig,
): Promise<{ json: TokenizerJson; path: string }> {
  const jsonPath = join(folder, 'tokenizer.json');
  if (await kindAt(jsonPath))
    return { json: parseTokenizerJson(await readJson(jsonPath, z.unknown()), jsonPath), path: jsonPath };

  const wordPiecePath = join(folder, 'vocab.txt');
  if (await kindAt(wordPiecePath)) {
    const tokens = (await readText(wordPiecePath)).split('\n').map((line) => line.replace(/\r$/, ''));
    // Every line is an entry, save the nothing behind the last line's end.
    if (tokens.at(-1) === '') tokens.pop();
    const json = wordPieceJson(tokens, {
      lowercase: config.do_lower_case ?? true,
      stripAccents: config.strip_accents ?? undefined,
      handleChineseCharacters: config.tokenize_chinese_chars,
    });
    return { json, path: wordPiecePath };
  }

  const vocabularyPath = join(folder, 'vocab.json');
  const mergesPath = join(folder, 'merges.txt');
  if ((await kindAt(vocabularyPath)) && (await kindAt(mergesPath))) {
    const vocabulary = await readJson(vocabularyPath, vocabularySchema);
    const merges = parseMerges(await readText(mergesPath), mergesPath);
    return {
      json: byteLevelBpeJson(vocabulary, merges, { addPrefixSpace: config.add_prefix_space }),
      path: vocabularyPath,
    };
  }
  throw new UserError('no tokenizer: neither tokenizer.json, nor vocab.txt, nor vocab.json with merges.txt', {
    where: folder,
    remedy: "put the model's tokenizer files beside its weights",
  });
}

/** The pairs of a `merges.txt`, one a line, behind an optional line `#version: …`. */
function parseMerges(text: string, path: string): [string, string][] {
  const merges: [string, string][] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.replace(/\r$/, '');
    if (content === '' || (index === 0 && content.startsWith('#version'))) continue;
    const [left, right, ...rest] = content.split(' ');
    if (!left || !right || rest.length > 0) {
      throw new UserError('expected two tokens with a space between', { where: `${path}:${index + 1}` });
    }
    merges.push([left, right]);
  }
  return merges;
}

const addedTokensDecoderSchema = z.record(
  z.string().regex(/^\d+$/),
  z.looseObject({
    content: z.string().min(1),
    single_word: z.boolean().default(false),
    lstrip: z.boolean().default(false),
    rstrip: z.boolean().default(false),
    normalized: z.boolean().optional(),
    special: z.boolean().default(false),
  }),
);

/** Tokens that the folder's other files add to those of `tokenizer.json`. */
async function furtherTokens(folder: string, config: TokenizerConfig, json: TokenizerJson): Promise<AddedToken[]> {
  const known = new Set(json.added_tokens.map(({ content }) => content));
  const further: AddedToken[] = [];
  const add = (token: AddedToken) => {
    if (known.has(token.content)) return;
    known.add(token.content);
    further.push(token);
  };
  const decoder = addedTokensDecoderSchema.safeParse(config.added_tokens_decoder);
  for (const [id, token] of Object.entries(decoder.data ?? {})) add({ ...token, id: Number(id) });

  const legacy = await readJsonIfThere(join(folder, 'added_tokens.json'), z.record(z.string(), z.int().min(0)));
  const roles = [
    config.bos_token,
    config.eos_token,
    config.unk_token,
    config.sep_token,
    config.pad_token,
    config.cls_token,
    config.mask_token,
  ];
  for (const [content, id] of Object.entries(legacy ?? {})) {
    add({ ...specialToken(content, id), special: roles.includes(content) });
  }
  return further.sort((a, b) => a.id - b.id);
}

async function readJsonIfThere<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  return (await kindAt(path)) ? readJson(path, schema) : undefined;
}
