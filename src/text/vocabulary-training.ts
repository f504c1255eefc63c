/**
 * Vocabularies learnt from texts, in the form of GPT-2's and BERT's: for models that start from random weights, and for the small
 * models that ship with the product.
 *
 * Both are learnt by merging frequent pairs (`pair-merging.ts`). GPT-2's begins with the 256 bytes, so every text can be written; BERT's with
 * the characters of the texts and, marked by ##, those inside words. This is what Hugging Face's `tokenizers` does for WordPiece too; encoding
 * then takes the longest known piece at each place. `docs/decisions/tokenizers.md` compares the two.
 */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { UserError } from '../foundation/errors.ts';
import { byteCharacters } from './byte-characters.ts';
import { compareCodePoints, learnMerges } from './pair-merging.ts';
import type { MergeProgress } from './pair-merging.ts';
import { bertTextFixes, splitBertChunks, splitByteLevelWords } from './pre-processing.ts';
import { byteLevelBpeJson, BERT_SPECIAL_TOKENS, END_OF_TEXT, wordPieceJson } from './tokenizer-json.ts';
import { Tokenizer } from './tokenizer.ts';

export interface VocabularyOptions {
  /** Entries in all, special tokens and first symbols included; fewer come out when the texts give no more. */
  vocabularySize: number;
}

/** WordPiece keeps this many different characters, the most frequent; words with others become `[UNK]`. */
const WORDPIECE_CHARACTERS = 1000;

/** Sequences of bases and encoded pictures: no words, and learning from one takes the square of its length. */
const LONGEST_WORD = 1000;

/** How often each word occurs in the texts given so far: all that is kept of them. */
class WordCounter {
  readonly counts = new Map<string, number>();
  readonly #split: (text: string) => Iterable<string>;

  constructor(split: (text: string) => Iterable<string>) {
    this.#split = split;
  }

  add(text: string): void {
    for (const word of this.#split(text)) {
      if (word.length <= LONGEST_WORD) this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
    }
  }
}

/**
 * Learns a byte-level BPE vocabulary as GPT-2 has it: 256 bytes, merges, `<|endoftext|>` last. The same texts, in any order, give the
 * same vocabulary.
 */
export class ByteLevelBpeTrainer {
  readonly #words = new WordCounter(splitByteLevelWords);

  add(text: string): void {
    this.#words.add(text);
  }

  /** Learns merge by merge. @throws UserError when the size does not hold the bytes. */
  *train(vocabularySize: number): Generator<MergeProgress, Tokenizer> {
    const characterOf = byteCharacters();
    const learnable = vocabularySize - characterOf.length - 1;
    if (learnable < 0) {
      throw new UserError(`a vocabulary of ${vocabularySize} does not hold the 256 bytes and ${END_OF_TEXT}`, {
        remedy: 'choose 257 or more',
      });
    }
    const bytes = new TextEncoder();
    const words = [...this.#words.counts].map(([word, occurrences]) => ({
      symbols: Array.from(bytes.encode(word), (byte) => characterOf[byte]!),
      count: occurrences,
    }));
    const firstSymbols = characterOf.toSorted(compareCodePoints);
    const join = (left: string, right: string) => left + right;
    const merges = yield* learnMerges({ words, firstSymbols, limit: learnable, join });
    const tokens = new Set([...firstSymbols, ...merges.map(({ merged }) => merged), END_OF_TEXT]);
    const vocabulary = Object.fromEntries([...tokens].map((token, id) => [token, id]));
    const pairs = merges.map(({ left, right }): [string, string] => [left, right]);
    return Tokenizer.fromJson(byteLevelBpeJson(vocabulary, pairs));
  }
}

/** A byte-level BPE of texts at hand. @throws UserError when the size does not hold the bytes. */
export function trainByteLevelBpe(texts: Iterable<string>, { vocabularySize }: VocabularyOptions): Tokenizer {
  const trainer = new ByteLevelBpeTrainer();
  for (const text of texts) trainer.add(text);
  return toItsEnd(trainer.train(vocabularySize));
}

/**
 * Learns a WordPiece vocabulary as BERT has it: `[PAD] [UNK] [CLS] [SEP] [MASK]`, characters, pieces. The same texts, in any order, give
 * the same vocabulary.
 */
export class WordPieceTrainer {
  readonly #chunks = new WordCounter(splitBertChunks);
  readonly #lowercase: boolean;

  constructor({ lowercase }: { lowercase: boolean }) {
    this.#lowercase = lowercase;
  }

  add(text: string): void {
    this.#chunks.add(text);
  }

  /** Learns merge by merge. @throws UserError when the size does not hold the special tokens and the characters of the texts. */
  *train(vocabularySize: number): Generator<MergeProgress, Tokenizer> {
    const lowercase = this.#lowercase;
    const wordCounts = yield* countBertWords(this.#chunks.counts, lowercase, vocabularySize);
    const characterCounts = new Map<string, number>();
    for (const [word, occurrences] of wordCounts) {
      for (const character of Array.from(word)) {
        characterCounts.set(character, (characterCounts.get(character) ?? 0) + occurrences);
      }
    }
    const frequent = [...characterCounts].sort(([a, x], [b, y]) => y - x || compareCodePoints(a, b));
    const kept = new Set(frequent.slice(0, WORDPIECE_CHARACTERS).map(([character]) => character));

    const insideWords = new Set<string>();
    const words: { symbols: string[]; count: number }[] = [];
    for (const [word, occurrences] of wordCounts) {
      const characters = Array.from(word);
      if (!characters.every((character) => kept.has(character))) continue;
      const symbols = characters.map((character, place) => (place === 0 ? character : `##${character}`));
      for (const symbol of symbols.slice(1)) insideWords.add(symbol);
      words.push({ symbols, count: occurrences });
    }
    // A character that was met only inside words may begin a word elsewhere.
    const firstSymbols = [...[...kept].sort(compareCodePoints), ...[...insideWords].sort(compareCodePoints)];
    const learnable = vocabularySize - BERT_SPECIAL_TOKENS.length - firstSymbols.length;
    if (learnable < 0) {
      throw new UserError(
        `a vocabulary of ${vocabularySize} does not hold the ${firstSymbols.length} first pieces of the texts`,
        { remedy: `choose ${BERT_SPECIAL_TOKENS.length + firstSymbols.length} or more` },
      );
    }
    const join = (left: string, right: string) => left + right.slice(2);
    const merges = yield* learnMerges({ words, firstSymbols, limit: learnable, join });
    const tokens = new Set([...BERT_SPECIAL_TOKENS, ...firstSymbols, ...merges.map(({ merged }) => merged)]);
    return Tokenizer.fromJson(wordPieceJson([...tokens], { lowercase }), { do_lower_case: lowercase });
  }
}

/** A WordPiece vocabulary of texts at hand. @throws UserError when the size does not hold the special tokens and the characters. */
export function trainWordPiece(
  texts: Iterable<string>,
  { vocabularySize, lowercase }: VocabularyOptions & { lowercase: boolean },
): Tokenizer {
  const trainer = new WordPieceTrainer({ lowercase });
  for (const text of texts) trainer.add(text);
  return toItsEnd(trainer.train(vocabularySize));
}

function toItsEnd(learning: Generator<MergeProgress, Tokenizer>): Tokenizer {
  for (;;) {
    const { done, value } = learning.next();
    if (done) return value;
  }
}

/** Chunks that are normalised at once. */
const CHUNKS_AT_ONCE = 200;

/** The words that BERT's tokenizer would look up: normalised and split at punctuation, once for each distinct chunk. */
function* countBertWords(
  chunks: ReadonlyMap<string, number>,
  lowercase: boolean,
  vocabularySize: number,
): Generator<MergeProgress, Map<string, number>> {
  const json = wordPieceJson(BERT_SPECIAL_TOKENS, { lowercase });
  const { normalizer, pre_tokenizer: preTokenizer } = new HuggingFaceTokenizer(json, {});
  const fix = bertTextFixes(json.normalizer);
  const counts = new Map<string, number>();
  let read = 0;
  for (const [chunk, occurrences] of chunks) {
    if (++read % CHUNKS_AT_ONCE === 0) yield { done: 0, total: vocabularySize };
    for (const word of preTokenizer?.pre_tokenize(normalizer?.normalize(fix(chunk)) ?? chunk) ?? []) {
      counts.set(word, (counts.get(word) ?? 0) + occurrences);
    }
  }
  return counts;
}
