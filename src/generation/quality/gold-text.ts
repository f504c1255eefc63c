/**
 * What of a sentence stands word for word in gold.
 *
 * Gold sentences lie one behind the other in an array of word numbers, each ended by a number of its own, and a suffix array sorts all
 * places by the words that follow. Where a stretch begins in it is then found by halving: its longest copy costs a logarithm of gold's size.
 */
import { Vocabulary } from './words.ts';

/** A word that gold does not have. Ends of gold sentences are the numbers below. */
const UNKNOWN = -1;

export class GoldText {
  readonly #vocabulary = new Vocabulary();
  /** Words of all gold sentences; the end of sentence i is `-2 - i`, so that no two ends are equal. */
  readonly #words: Int32Array;
  /** Starts of all suffixes in ascending order of their words. */
  readonly #suffixes: Int32Array;

  constructor(gold: readonly string[]) {
    const words = gold.flatMap((sentence, i) => [...this.#vocabulary.add(sentence), -2 - i]);
    this.#words = Int32Array.from(words);
    this.#suffixes = Int32Array.from(words.keys()).sort((a, b) => this.#compareSuffixes(a, b));
  }

  /**
   * At each word of a sentence, how many words from there stand in one gold sentence in the same order without a gap.
   * An n-gram at place i therefore occurs in gold where the figure at i is n or more.
   */
  copiedFrom(sentence: string): number[] {
    const words = this.#vocabulary.lookUp(sentence, UNKNOWN);
    return words.map((_, start) => this.#longestMatch(words, start));
  }

  #longestMatch(words: readonly number[], start: number): number {
    // The longest common beginning is with one of the two suffixes between which the words would be sorted in.
    let [low, high] = [0, this.#suffixes.length];
    let longest = 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      const suffix = this.#suffixes[middle]!;
      const common = this.#commonLength(words, start, suffix);
      if (common > longest) longest = common;
      // Where the sentence ends in the middle of a match, nothing longer can be found.
      if (start + common === words.length) break;
      if (this.#words[suffix + common]! < words[start + common]!) low = middle + 1;
      else high = middle;
    }
    return longest;
  }

  #commonLength(words: readonly number[], start: number, suffix: number): number {
    let length = 0;
    while (start + length < words.length && words[start + length] === this.#words[suffix + length]) length++;
    return length;
  }

  #compareSuffixes(a: number, b: number): number {
    if (a === b) return 0;
    let i = 0;
    while (this.#words[a + i] === this.#words[b + i]) i++;
    return this.#words[a + i]! - this.#words[b + i]!;
  }
}
