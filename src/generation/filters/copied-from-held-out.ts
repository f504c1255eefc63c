/**
 * An alarm: a sentence that stands, or nearly stands, in the validation or test data. The generator never saw those; either training data
 * resemble them, or the pretrained model learned them long ago. With such sentences among the training data, scores say too much.
 */
import { NEAR_DUPLICATE } from '../../corpus/leakage/leakage.ts';
import { NearDuplicateIndex } from '../../corpus/leakage/near-duplicate-index.ts';
import { duplicateKey } from './exact-duplicates.ts';
import type { Objection, SentenceFilter } from './filter.ts';

export class CopiedFromHeldOut implements SentenceFilter {
  readonly reasons = ['copied-from-test', 'copied-from-validation'] as const;
  readonly overrulable = false;
  readonly #parts: readonly {
    readonly reason: 'copied-from-test' | 'copied-from-validation';
    /** By key: sentences that may be too short for word pairs. */
    readonly same: ReadonlyMap<string, string>;
    readonly near: NearDuplicateIndex;
  }[];

  constructor(heldOut: { readonly test: readonly string[]; readonly validation: readonly string[] }) {
    this.#parts = (['test', 'validation'] as const).map((part) => ({
      reason: `copied-from-${part}`,
      same: new Map(heldOut[part].map((text) => [duplicateKey(text), text])),
      near: new NearDuplicateIndex(NEAR_DUPLICATE, heldOut[part]),
    }));
  }

  objection(text: string): Objection | undefined {
    for (const { reason, same, near } of this.#parts) {
      const equal = same.get(duplicateKey(text));
      if (equal !== undefined) return { reason, value: 1, match: equal };
      const similar = near.find(text);
      if (similar) return { reason, value: similar.similarity, match: similar.text };
    }
    return undefined;
  }
}
