/**
 * Text ↔ ids, as the Python `tokenizers` library does it for GPT-2 and BERT.
 *
 * The algorithms are those of `@huggingface/tokenizers`. Around them stand three things it lacks: added tokens that match whole words only,
 * a few characters that it treats otherwise than Python (see `pre-processing.ts`), and a memory of the words met, since most words
 * come again and again: encoding is mostly looking up.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { UserError } from '../foundation/errors.ts';
import { writeFileAtomically, writeJson } from '../foundation/files.ts';
import { addedTokenSplitter, type Segment } from './added-tokens.ts';
import { byteCharacters } from './byte-characters.ts';
import { bertTextFixes, splitByteLevelWords, splitBertChunks } from './pre-processing.ts';
import {
  END_OF_TEXT,
  isWordPiece,
  parseTokenizerConfig,
  parseTokenizerJson,
  type AddedToken,
  type TokenizerConfig,
  type TokenizerJson,
} from './tokenizer-json.ts';

export type TokenizerKind = 'byte-level-bpe' | 'wordpiece';

/** A token given to the vocabulary, with the ids that its text had before: their embeddings' mean is where its own may start. */
export interface AddedVocabulary {
  token: string;
  id: number;
  pieces: number[];
}

/** Words remembered; the memory is emptied when full. Some 10 MB for English text. */
const MEMORY_LIMIT = 100_000;
/** Longer words are rarely met twice. */
const LONGEST_REMEMBERED = 64;

/** The files of a tokenizer's folder. */
export const TOKENIZER_FILES: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
];

/** A tokenizer of GPT-2's or BERT's kind. */
export class Tokenizer {
  readonly kind: TokenizerKind;
  /** 1 + the highest id, added tokens included: the rows that an embedding needs. */
  readonly vocabularySize: number;
  /** `<|endoftext|>`, or what the configuration names as end of sequence. */
  readonly endOfText: number | undefined;
  readonly cls: number | undefined;
  readonly sep: number | undefined;
  readonly pad: number | undefined;
  readonly mask: number | undefined;
  readonly unknown: number | undefined;

  readonly #json: TokenizerJson;
  readonly #config: TokenizerConfig;
  readonly #parts: LibraryParts;
  readonly #ids = new Map<string, number>();
  readonly #tokens: string[] = [];
  readonly #added = new Map<number, AddedToken>();
  readonly #splitRaw: ((text: string) => Segment[]) | undefined;
  readonly #splitNormalized: ((text: string) => Segment[]) | undefined;
  readonly #wordsOf: (text: string) => string[];
  readonly #normalize: (text: string) => string;
  readonly #memory = new Map<string, readonly number[]>();

  private constructor(json: TokenizerJson, config: TokenizerConfig) {
    this.#json = json;
    this.#config = config;
    this.kind = isWordPiece(json) ? 'wordpiece' : 'byte-level-bpe';
    this.#parts = libraryParts(json);
    if (isWordPiece(json)) {
      const fix = bertTextFixes(json.normalizer);
      this.#wordsOf = splitBertChunks;
      this.#normalize = (text) => this.#parts.normalizer?.normalize(fix(text)) ?? text;
    } else {
      const { add_prefix_space: addPrefixSpace } = json.pre_tokenizer;
      this.#wordsOf = (text) => splitByteLevelWords(addPrefixSpace && !text.startsWith(' ') ? ` ${text}` : text);
      this.#normalize = (text) => text;
    }

    for (const [token, id] of Object.entries(json.model.vocab)) this.#remember(token, id);
    for (const token of json.added_tokens) {
      this.#remember(token.content, token.id);
      this.#added.set(token.id, token);
    }
    this.vocabularySize = this.#tokens.length;

    // Without a normaliser, before and after normalising is the same text.
    const isRaw = (token: AddedToken) => !isWordPiece(json) || !(token.normalized ?? !token.special);
    this.#splitRaw = addedTokenSplitter(json.added_tokens.filter(isRaw));
    this.#splitNormalized = addedTokenSplitter(
      json.added_tokens
        .filter((token) => !isRaw(token))
        .map((token) => ({ ...token, content: this.#normalize(token.content) })),
    );

    const role = (configured: string | null | undefined, usual: string) => this.tokenToId(configured ?? usual);
    this.endOfText = isWordPiece(json) ? undefined : role(config.eos_token, END_OF_TEXT);
    this.cls = role(config.cls_token, '[CLS]');
    this.sep = role(config.sep_token, '[SEP]');
    this.pad = role(config.pad_token, '[PAD]');
    this.mask = role(config.mask_token, '[MASK]');
    this.unknown = isWordPiece(json) ? this.tokenToId(json.model.unk_token) : role(config.unk_token, '<unk>');
  }

  /**
   * A tokenizer from the content of `tokenizer.json` and `tokenizer_config.json`.
   * @param where the file named in error messages.
   * @throws UserError when it is neither GPT-2's nor BERT's kind.
   */
  static fromJson(tokenizerJson: unknown, tokenizerConfig: unknown = {}, where = 'tokenizer.json'): Tokenizer {
    const config = parseTokenizerConfig(tokenizerConfig, where);
    const json = parseTokenizerJson(tokenizerJson, where);
    const ids = new Map([...json.added_tokens].map(({ content, id }) => [content, id]));
    if (isWordPiece(json) && !ids.has(json.model.unk_token) && !Object.hasOwn(json.model.vocab, json.model.unk_token)) {
      throw new UserError(`the unknown token ${json.model.unk_token} is not in the vocabulary`, { where });
    }
    return new Tokenizer(json, config);
  }

  /** How many of the 256 bytes a byte-level vocabulary has no token for: text with them loses them without a trace. 0 for WordPiece, which has an unknown token. */
  get missingBytes(): number {
    return this.kind === 'wordpiece' ? 0 : byteCharacters().filter((character) => !this.#ids.has(character)).length;
  }

  /**
   * The ids of a text.
   * @param options.addSpecialTokens put `[CLS]` before and `[SEP]` behind (BERT; GPT-2 adds none); false unless stated.
   */
  encode(text: string, { addSpecialTokens = false }: { addSpecialTokens?: boolean } = {}): number[] {
    const ids: number[] = [];
    const framed = addSpecialTokens && this.kind === 'wordpiece';
    if (framed) ids.push(this.#required('[CLS]', this.cls));
    this.#encodeInto(ids, text);
    if (framed) ids.push(this.#required('[SEP]', this.sep));
    return ids;
  }

  /** `[CLS] a [SEP] b [SEP]`, with token types 0 up to the first `[SEP]` and 1 behind it. For BERT's kind only. */
  encodePair(a: string, b: string): { ids: number[]; tokenTypeIds: number[] } {
    const sep = this.#required('[SEP]', this.sep);
    const ids = this.encode(a, { addSpecialTokens: true });
    const first = ids.length;
    this.#encodeInto(ids, b);
    ids.push(sep);
    return { ids, tokenTypeIds: ids.map((_, position) => (position < first ? 0 : 1)) };
  }

  /** The text of ids. GPT-2's text comes back as it was; BERT's as far as lowercasing and splitting allow. */
  decode(ids: readonly number[], { skipSpecialTokens = false }: { skipSpecialTokens?: boolean } = {}): string {
    const pieces: string[] = [];
    let run: string[] = [];
    const flush = () => {
      if (run.length > 0) pieces.push(this.#parts.decoder.decode(run));
      run = [];
    };
    for (const id of ids) {
      const token = this.idToToken(id);
      const added = this.#added.get(id);
      if (token === undefined || (skipSpecialTokens && added?.special)) continue;
      if (added && this.kind === 'byte-level-bpe') {
        // Added tokens are plain text, not in the byte alphabet.
        flush();
        pieces.push(token);
      } else run.push(token);
    }
    flush();
    return pieces.join('');
  }

  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#tokens[id];
  }

  /**
   * This tokenizer with more tokens. They are found in the text as it stands (case matters, also in an uncased tokenizer), as whole
   * words. A token that is in the vocabulary already keeps its id and is not among `added`.
   */
  withAddedTokens(
    tokens: readonly string[],
    { singleWord = true } = {},
  ): { tokenizer: Tokenizer; added: AddedVocabulary[] } {
    const added: AddedVocabulary[] = [];
    for (const token of new Set(tokens)) {
      if (token === '' || this.tokenToId(token) !== undefined) continue;
      added.push({ token, id: this.vocabularySize + added.length, pieces: this.encode(token) });
    }
    const addedTokens = added.map(({ token, id }) => ({
      id,
      content: token,
      single_word: singleWord,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: false,
    }));
    const json = { ...this.#json, added_tokens: [...this.#json.added_tokens, ...addedTokens] };
    return { tokenizer: new Tokenizer(json, this.#config), added };
  }

  /**
   * Writes `tokenizer.json`, `tokenizer_config.json` and the vocabulary in the older form (`vocab.txt`, or `vocab.json` and `merges.txt`);
   * `transformers` reads the folder by `AutoTokenizer.from_pretrained`.
   */
  async save(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeJson(join(folder, 'tokenizer.json'), this.#json);
    await writeJson(join(folder, 'tokenizer_config.json'), this.#configToSave());
    const { model } = this.#json;
    if (model.type === 'WordPiece') {
      const inOrder = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
      await writeFileAtomically(join(folder, 'vocab.txt'), inOrder.map(([token]) => `${token}\n`).join(''));
    } else {
      const merges = model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
      await writeFileAtomically(join(folder, 'vocab.json'), JSON.stringify(model.vocab));
      await writeFileAtomically(
        join(folder, 'merges.txt'),
        `#version: 0.2\n${merges.map((merge) => `${merge}\n`).join('')}`,
      );
    }
  }

  #configToSave(): Record<string, unknown> {
    const name = (id: number | undefined) => (id === undefined ? undefined : this.idToToken(id));
    if (isWordPiece(this.#json)) {
      const { normalizer } = this.#json;
      return {
        ...this.#config,
        tokenizer_class: 'BertTokenizer',
        do_lower_case: normalizer.lowercase,
        strip_accents: normalizer.strip_accents ?? null,
        tokenize_chinese_chars: normalizer.handle_chinese_chars,
        cls_token: name(this.cls),
        sep_token: name(this.sep),
        pad_token: name(this.pad),
        mask_token: name(this.mask),
        unk_token: name(this.unknown),
      };
    }
    const endOfText = name(this.endOfText);
    return {
      ...this.#config,
      tokenizer_class: 'GPT2Tokenizer',
      add_prefix_space: this.#json.pre_tokenizer.add_prefix_space,
      bos_token: this.#config.bos_token ?? endOfText,
      eos_token: endOfText,
      unk_token: this.#config.unk_token ?? endOfText,
    };
  }

  #encodeInto(ids: number[], text: string): void {
    for (const segment of this.#splitRaw?.(text) ?? [text]) {
      if (typeof segment === 'number') ids.push(segment);
      else if (this.#splitNormalized) this.#encodeNormalized(ids, segment, this.#splitNormalized);
      else this.#encodeWords(ids, segment);
    }
  }

  /** For tokens that are to be found in the normalised text. Normalising what lies between them once more changes nothing. */
  #encodeNormalized(ids: number[], text: string, split: (text: string) => Segment[]): void {
    for (const segment of split(this.#normalize(text))) {
      if (typeof segment === 'number') ids.push(segment);
      else this.#encodeWords(ids, segment);
    }
  }

  #encodeWords(ids: number[], text: string): void {
    for (const word of this.#wordsOf(text)) {
      let pieces = this.#memory.get(word);
      if (pieces === undefined) {
        pieces = this.#encodeWord(word);
        if (this.#memory.size >= MEMORY_LIMIT) this.#memory.clear();
        if (word.length <= LONGEST_REMEMBERED) this.#memory.set(word, pieces);
      }
      for (const id of pieces) ids.push(id);
    }
  }

  #encodeWord(word: string): number[] {
    const { preTokenizer, model } = this.#parts;
    const tokens = model.encode(preTokenizer.pre_tokenize(this.#normalize(word)));
    return tokens.flatMap((token) => this.tokenToId(token) ?? []);
  }

  #remember(token: string, id: number): void {
    this.#ids.set(token, id);
    this.#tokens[id] = token;
  }

  #required(token: string, id: number | undefined): number {
    if (id === undefined)
      throw new UserError(`the tokenizer has no ${token} token`, { remedy: 'use a BERT tokenizer' });
    return id;
  }
}

interface LibraryParts {
  normalizer: HuggingFaceTokenizer['normalizer'];
  preTokenizer: NonNullable<HuggingFaceTokenizer['pre_tokenizer']>;
  model: NonNullable<HuggingFaceTokenizer['model']>;
  decoder: NonNullable<HuggingFaceTokenizer['decoder']>;
}

/**
 * The library's normaliser, pre-tokeniser, model and decoder over the plain vocabulary. It is given no added tokens, since it would find
 * them inside words too, and byte-level words already split.
 */
function libraryParts(json: TokenizerJson): LibraryParts {
  const { normalizer, pre_tokenizer, model, decoder } = new HuggingFaceTokenizer(
    {
      ...json,
      added_tokens: [],
      post_processor: null,
      ...(!isWordPiece(json) && { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false } }),
      decoder: isWordPiece(json)
        ? { type: 'WordPiece', prefix: json.model.continuing_subword_prefix, cleanup: true }
        : { type: 'ByteLevel' },
    },
    {},
  );
  if (!pre_tokenizer || !model || !decoder) throw new Error('the tokenizer library left out a part that it was given');
  return { normalizer, preTokenizer: pre_tokenizer, model, decoder };
}
