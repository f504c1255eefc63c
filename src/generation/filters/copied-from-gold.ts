/**
 * A sentence must say more than the gold sentences that its generator learned from: of these it may hold a stretch of some words at most, and
 * some part of its 4-grams.
 */
import { GoldText } from '../quality/gold-text.ts';
import type { Objection, SentenceFilter } from './filter.ts';

/** Words of the n-grams that are looked for, as in the quality measures. */
const NGRAM = 4;

export interface CopyLimits {
  /** Words and punctuation marks in a row from one gold sentence; null for any number. */
  readonly span: number | null;
  /** Part of the sentence's 4-grams that stand in gold; null for all. */
  readonly ngrams: number | null;
}

export class CopiedFromGold implements SentenceFilter {
  readonly reasons = ['copied-from-gold'] as const;
  readonly overrulable = true;
  readonly #gold: GoldText;
  readonly #limits: CopyLimits;

  constructor(gold: readonly string[], limits: CopyLimits) {
    this.#gold = new GoldText(gold);
    this.#limits = limits;
  }

  objection(text: string): Objection | undefined {
    const copies = this.#gold.copiedFrom(text);
    const longest = copies.reduce((most, copy) => Math.max(most, copy), 0);
    const { span, ngrams } = this.#limits;
    if (span !== null && longest > span) return { reason: 'copied-from-gold', value: longest };
    const starts = copies.slice(0, Math.max(0, copies.length - NGRAM + 1));
    const share = starts.length === 0 ? 0 : starts.filter((copy) => copy >= NGRAM).length / starts.length;
    return ngrams !== null && share > ngrams ? { reason: 'copied-from-gold', value: share } : undefined;
  }
}
