/**
 * Which generated sentences become training data.
 *
 * A sentence must say which two places the relation holds between, be long enough to say something, and be new. The
 * rules read the masked text with typed placeholders, as the generator wrote it. Cutting at the longest length is the
 * sampler's business, not a filter's.
 */
import { countPlaceholder, type Placeholders } from '../corpus/masking.ts';

/** Why a sentence was dropped, in the order in which the rules are asked: the first that fails gives the reason. */
export const REJECTIONS = [
  'missing-mask',
  'repeated-mask',
  'too-short',
  'duplicate-of-gold',
  'duplicate-of-generated',
] as const;
export type Rejection = (typeof REJECTIONS)[number];
export type Verdict = 'accepted' | Rejection;

export interface SentenceRules {
  /** Whether each placeholder must stand exactly once, or may be repeated (the paper). */
  masks: 'exactly-once' | 'at-least-once';
  /** The fewest white-space words of a sentence, placeholders included. */
  minimumWords: number;
}

export const DEFAULT_SENTENCE_RULES: Readonly<SentenceRules> = { masks: 'exactly-once', minimumWords: 8 };
export const PAPER_SENTENCE_RULES: Readonly<SentenceRules> = { masks: 'at-least-once', minimumWords: 8 };

/** The number of white-space words. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/**
 * What makes two sentences the same: their words, however spaced and whatever their case. An uncased classifier sees
 * no difference in case, and a cased one learns next to nothing from it.
 */
export function duplicateKey(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

/** The first rule about the sentence itself that it breaks, if any. */
export function rejectionOf(text: string, placeholders: Placeholders, rules: SentenceRules): Rejection | undefined {
  const counts = [placeholders.head, placeholders.tail].map((word) => countPlaceholder(text, word));
  if (counts.includes(0)) return 'missing-mask';
  if (rules.masks === 'exactly-once' && counts.some((count) => count > 1)) return 'repeated-mask';
  return countWords(text) < rules.minimumWords ? 'too-short' : undefined;
}

export interface SentenceFilterOptions {
  placeholders: Placeholders;
  /** Masked gold sentences that are not to be written again. */
  gold: Iterable<string>;
  /** Sentences accepted earlier, for a pool that is filled further. */
  accepted?: Iterable<string>;
  rules?: SentenceRules;
}

/** Judges generated sentences one by one, remembers those it accepted, and counts its verdicts. */
export class SentenceFilter {
  readonly #placeholders: Placeholders;
  readonly #rules: SentenceRules;
  readonly #gold: Set<string>;
  readonly #generated: Set<string>;
  readonly #counts: Record<Verdict, number> = {
    accepted: 0,
    'missing-mask': 0,
    'repeated-mask': 0,
    'too-short': 0,
    'duplicate-of-gold': 0,
    'duplicate-of-generated': 0,
  };

  constructor({ placeholders, gold, accepted = [], rules = DEFAULT_SENTENCE_RULES }: SentenceFilterOptions) {
    this.#placeholders = placeholders;
    this.#rules = rules;
    this.#gold = new Set(Array.from(gold, duplicateKey));
    this.#generated = new Set(Array.from(accepted, duplicateKey));
  }

  /** The verdict on a sentence; an accepted one counts as generated from now on. */
  judge(text: string): Verdict {
    const verdict = this.#verdictOn(text);
    this.#counts[verdict]++;
    return verdict;
  }

  #verdictOn(text: string): Verdict {
    const rejection = rejectionOf(text, this.#placeholders, this.#rules);
    if (rejection) return rejection;
    const key = duplicateKey(text);
    if (this.#gold.has(key)) return 'duplicate-of-gold';
    if (this.#generated.has(key)) return 'duplicate-of-generated';
    this.#generated.add(key);
    return 'accepted';
  }

  /** How many sentences were judged, by verdict. */
  get counts(): Readonly<Record<Verdict, number>> {
    return { ...this.#counts };
  }
}
