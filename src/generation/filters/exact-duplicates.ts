/** A sentence must be new: neither a gold sentence again, nor one that was written before. */
import type { Objection, SentenceFilter } from './filter.ts';

/**
 * What makes two sentences the same: their words, however spaced, whatever their case and however Unicode spells them (β and µ have two code points
 * each, é can be one or two). An uncased classifier sees no difference in case, and a cased one learns next to nothing from it.
 */
export function duplicateKey(text: string): string {
  return text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

export class ExactDuplicates implements SentenceFilter {
  readonly reasons = ['duplicate-of-gold', 'duplicate-of-generated'] as const;
  readonly overrulable = false;
  readonly #gold: ReadonlySet<string>;
  readonly #written = new Set<string>();

  constructor(gold: readonly string[]) {
    this.#gold = new Set(gold.map(duplicateKey));
  }

  objection(text: string): Objection | undefined {
    const key = duplicateKey(text);
    if (this.#gold.has(key)) return { reason: 'duplicate-of-gold' };
    return this.#written.has(key) ? { reason: 'duplicate-of-generated' } : undefined;
  }

  remember(text: string): void {
    this.#written.add(duplicateKey(text));
  }
}
