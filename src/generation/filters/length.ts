/** A sentence must be long enough to say something. Cutting at the longest length is the sampler's business, not a filter's. */
import { countWords } from '../../text/count-words.ts';
import type { Objection, SentenceFilter } from './filter.ts';

export class Length implements SentenceFilter {
  readonly reasons = ['too-short'] as const;
  readonly overrulable = true;
  readonly #minimumWords: number;

  /** @param minimumWords the fewest white-space words of a sentence, placeholders included. */
  constructor(minimumWords: number) {
    this.#minimumWords = minimumWords;
  }

  objection(text: string): Objection | undefined {
    const words = countWords(text);
    return words < this.#minimumWords ? { reason: 'too-short', value: words } : undefined;
  }
}
