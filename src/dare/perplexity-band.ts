/**
 * Does a synthetic sentence read as gold does? The generator before it was fine-tuned is asked how probable it finds the sentence.
 *
 * The band runs between two quantiles of the perplexities of the relation's gold sentences, so that it needs no figure that depends on
 * the model. Above it lies what is no language, below it what goes on repeating itself.
 */
import { quantile } from '../foundation/quantile.ts';
import type { BatchFilter, Opinion } from '../generation/filters/filter.ts';
import type { TextPerplexity } from '../generation/perplexity.ts';

/** exp of the mean negative log-likelihood of a token; undefined for a text of a single token, which has none. */
export function perplexityOf({ tokens, negativeLogLikelihood }: TextPerplexity): number | undefined {
  return tokens < 2 ? undefined : Math.exp(negativeLogLikelihood / (tokens - 1));
}

export class PerplexityBand implements BatchFilter {
  readonly reasons = ['unusual-perplexity'] as const;
  readonly #gold: readonly string[];
  readonly #share: number;
  readonly #score: (texts: readonly string[]) => Promise<readonly TextPerplexity[]>;
  #band: readonly [number, number] | undefined;

  /** @param share the part of gold that the band holds, as much left out above as below. */
  constructor(
    gold: readonly string[],
    share: number,
    score: (texts: readonly string[]) => Promise<readonly TextPerplexity[]>,
  ) {
    this.#gold = gold;
    this.#share = share;
    this.#score = score;
  }

  /** Lowest and highest perplexity of an accepted sentence. */
  async band(): Promise<readonly [number, number]> {
    if (this.#band) return this.#band;
    const sorted = (await this.#score(this.#gold)).flatMap((each) => perplexityOf(each) ?? []).sort((a, b) => a - b);
    const tail = (1 - this.#share) / 2;
    this.#band = sorted.length === 0 ? [0, Infinity] : [quantile(sorted, tail), quantile(sorted, 1 - tail)];
    return this.#band;
  }

  async opinions(texts: readonly string[]): Promise<Opinion[]> {
    const [low, high] = await this.band();
    const scored = await this.#score(texts);
    return scored.map((each): Opinion => {
      const value = perplexityOf(each);
      if (value === undefined || (value >= low && value <= high)) return {};
      return { objection: { reason: 'unusual-perplexity', value } };
    });
  }
}
