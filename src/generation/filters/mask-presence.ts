/**
 * A sentence must say which two places the relation holds between: each placeholder stands once, or (the paper) once or more.
 *
 * A relation that holds between several pairs of types has a pair of placeholders for each; a sentence has those of one of them, and no
 * placeholder of another pair: it would be one entity more.
 */
import { countPlaceholder, wordsOfPlaceholders, type Placeholders } from '../../corpus/placeholders.ts';
import type { Objection, SentenceFilter } from './filter.ts';

export const MASK_RULES = ['exactly-once', 'at-least-once'] as const;
export type MaskRule = (typeof MASK_RULES)[number];

export class MaskPresence implements SentenceFilter {
  readonly reasons = ['missing-mask', 'foreign-mask', 'repeated-mask'] as const;
  readonly overrulable = false;
  readonly #own: readonly Placeholders[];
  readonly #words: readonly string[];
  readonly #rule: MaskRule;

  /**
   * @param own the relation's placeholders, a pair for each pair of types.
   * @param all those of all relations.
   */
  constructor(own: readonly Placeholders[], all: readonly Placeholders[], rule: MaskRule) {
    this.#own = own;
    this.#words = wordsOfPlaceholders([...own, ...all]);
    this.#rule = rule;
  }

  objection(text: string): Objection | undefined {
    const counts = new Map(this.#words.map((word) => [word, countPlaceholder(text, word)]));
    const pair = this.#own.find(({ head, tail }) => counts.get(head)! > 0 && counts.get(tail)! > 0);
    if (!pair) return { reason: 'missing-mask' };
    const { [pair.head]: heads = 0, [pair.tail]: tails = 0, ...others } = Object.fromEntries(counts);
    if (Object.values(others).some((count) => count > 0)) return { reason: 'foreign-mask' };
    return this.#rule === 'exactly-once' && heads + tails > 2 ? { reason: 'repeated-mask' } : undefined;
  }
}
