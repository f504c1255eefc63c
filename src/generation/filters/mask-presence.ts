/** A sentence must say which two places the relation holds between: each placeholder stands once, or (the paper) once or more. */
import { countPlaceholder, type Placeholders } from '../../corpus/masking.ts';
import type { Objection, SentenceFilter } from './filter.ts';

export const MASK_RULES = ['exactly-once', 'at-least-once'] as const;
export type MaskRule = (typeof MASK_RULES)[number];

export class MaskPresence implements SentenceFilter {
  readonly reasons = ['missing-mask', 'repeated-mask'] as const;
  readonly overrulable = false;
  readonly #words: readonly string[];
  readonly #rule: MaskRule;

  constructor({ head, tail }: Placeholders, rule: MaskRule) {
    this.#words = [head, tail];
    this.#rule = rule;
  }

  objection(text: string): Objection | undefined {
    const counts = this.#words.map((word) => countPlaceholder(text, word));
    if (counts.includes(0)) return { reason: 'missing-mask' };
    return this.#rule === 'exactly-once' && counts.some((count) => count > 1) ? { reason: 'repeated-mask' } : undefined;
  }
}
