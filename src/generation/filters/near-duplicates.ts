/** A sentence must differ from gold, and from those written before, in more than a word or two. */
import { NearDuplicateIndex } from '../../corpus/leakage/near-duplicate-index.ts';
import type { Objection, SentenceFilter } from './filter.ts';

export class NearDuplicates implements SentenceFilter {
  readonly reasons = ['near-duplicate-of-gold', 'near-duplicate-of-generated'] as const;
  readonly overrulable = true;
  readonly #gold: NearDuplicateIndex;
  readonly #written: NearDuplicateIndex;

  /** @param similarity shared word pairs, as a part of all, from which on two sentences are near-duplicates. */
  constructor(gold: readonly string[], similarity: number) {
    this.#gold = new NearDuplicateIndex(similarity, gold);
    this.#written = new NearDuplicateIndex(similarity);
  }

  objection(text: string): Objection | undefined {
    const gold = this.#gold.find(text);
    if (gold) return { reason: 'near-duplicate-of-gold', value: gold.similarity, match: gold.text };
    const written = this.#written.find(text);
    return written && { reason: 'near-duplicate-of-generated', value: written.similarity, match: written.text };
  }

  remember(text: string): void {
    this.#written.add(text);
  }
}
