/**
 * The words that quality is measured on: runs of letters and digits, and punctuation marks one by one, without regard to case. As
 * numbers, so that n-grams are compared without making texts of them.
 */

const WORD = /[\p{L}\p{N}\p{M}_$]+|[^\s\p{L}\p{N}\p{M}_$]/gu;

/** Words and punctuation marks of a sentence, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** Where each of them stands: `text.slice(start, end)`. */
export function wordPlaces(text: string): { start: number; end: number }[] {
  return [...text.matchAll(WORD)].map(({ index, 0: word }) => ({ start: index, end: index + word.length }));
}

/** Numbers words from 0 in the order in which they are met. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#numbers.size;
  }

  /** The words of a sentence as numbers; words not met before are added. */
  add(text: string): number[] {
    return wordsOf(text).map((word) => {
      let number = this.#numbers.get(word);
      if (number === undefined) this.#numbers.set(word, (number = this.#numbers.size));
      return number;
    });
  }

  /** The words of a sentence as numbers; `unknown` for a word that was never added. */
  lookUp(text: string, unknown: number): number[] {
    return wordsOf(text).map((word) => this.#numbers.get(word) ?? unknown);
  }
}

/**
 * The n-grams of a sentence, each as a number that is the same for the same n-gram.
 *
 * An n-gram is numbered by the pair of its first n − 1 words' number and its last word, so that numbers are exact (no hashes).
 */
export class NgramNumbering {
  /** By length n: the pair, as one number, to the n-gram's number. */
  readonly #numbers: Map<number, number>[] = [];
  readonly #words: number;

  /** @param words how many different words there are, at most 2²⁶. */
  constructor(words: number) {
    this.#words = words;
  }

  /** @returns by n − 1: the n-grams of a sentence in their order, for n from 1 to `longest`. */
  of(words: readonly number[], longest: number): number[][] {
    const levels: number[][] = [[...words]];
    for (let n = 2; n <= longest; n++) {
      const known = (this.#numbers[n] ??= new Map<number, number>());
      const shorter = levels[n - 2]!;
      const level: number[] = [];
      for (let start = 0; start + n <= words.length; start++) {
        const pair = shorter[start]! * this.#words + words[start + n - 1]!;
        let number = known.get(pair);
        if (number === undefined) known.set(pair, (number = known.size));
        level.push(number);
      }
      levels.push(level);
    }
    return levels;
  }
}
