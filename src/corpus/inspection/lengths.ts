/** How long sentences are, and how many a model would cut. */

/** Counts what a model reads of a text. */
export interface TokenCounter {
  /** `words`, or the tokens of which model. */
  readonly unit: string;
  /** Without the special tokens that a model puts around a text. */
  count(text: string): number;
}

/**
 * Words and punctuation marks: fewer than any model's tokens, which are these or parts of these. For corpora
 * inspected without a tokenizer.
 */
export const WORDS: TokenCounter = {
  unit: 'words and punctuation marks',
  count: (text) => text.match(/[\p{L}\p{N}\p{M}_$]+|[^\s\p{L}\p{N}\p{M}_$]/gu)?.length ?? 0,
};

export interface Lengths {
  unit: string;
  mean: number;
  median: number;
  percentile95: number;
  longest: number;
  /** What a model has room for. */
  limit: number;
  /** Examples with more, which are cut around their entities. */
  longer: number;
  /** These as a part of all. */
  share: number;
  /** Each length there is with its number of examples, shortest first. */
  counts: [length: number, examples: number][];
}

/** Collects lengths. */
export class LengthCount {
  readonly #counter: TokenCounter;
  readonly #limit: number;
  readonly #counts = new Map<number, number>();

  /** @param limit in the counter's unit, special tokens not counted. */
  constructor(counter: TokenCounter, limit: number) {
    this.#counter = counter;
    this.#limit = limit;
  }

  add(text: string): void {
    const length = this.#counter.count(text);
    this.#counts.set(length, (this.#counts.get(length) ?? 0) + 1);
  }

  result(): Lengths {
    const counts = [...this.#counts].sort(([a], [b]) => a - b);
    const sum = (of: readonly [number, number][]): number => of.reduce((total, [, examples]) => total + examples, 0);
    const all = sum(counts);
    /** The smallest length that a part of the examples does not exceed. */
    const quantile = (part: number): number => {
      let seen = 0;
      return counts.find(([, examples]) => (seen += examples) >= part * all)?.[0] ?? 0;
    };
    const longer = sum(counts.filter(([length]) => length > this.#limit));
    return {
      unit: this.#counter.unit,
      mean: all === 0 ? 0 : counts.reduce((total, [length, examples]) => total + length * examples, 0) / all,
      median: quantile(0.5),
      percentile95: quantile(0.95),
      longest: counts.at(-1)?.[0] ?? 0,
      limit: this.#limit,
      longer,
      share: all === 0 ? 0 : longer / all,
      counts,
    };
  }
}
