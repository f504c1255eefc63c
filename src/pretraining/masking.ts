/**
 * BERT's masking (Devlin et al. 2018, https://arxiv.org/abs/1810.04805, section 3.1): 15% of the tokens are to be predicted; of these 80% are replaced by [MASK], 10% by a
 * random token, and 10% are left as they are, so that the model must know every token, masked or not.
 */
import type { RandomStream } from '../foundation/random.ts';
import type { MaskedPiece } from '../nn/packed-batch.ts';

/** The share of the tokens that is predicted, in the paper and on held-out text. */
export const PREDICTED_SHARE = 0.15;
const REPLACED_BY_MASK = 0.8;
const REPLACED_BY_RANDOM = 0.1;

export interface MaskingVocabulary {
  readonly mask: number;
  readonly vocabularySize: number;
  /** Tokens that are never predicted ([CLS], [SEP]). */
  readonly special: ReadonlySet<number>;
}

/** Chooses the predicted tokens of a piece, at least one, and hides them. The count is rounded as in the paper's own code, not drawn. */
export function maskPiece(
  ids: readonly number[],
  vocabulary: MaskingVocabulary,
  stream: RandomStream,
  share = PREDICTED_SHARE,
): MaskedPiece {
  const candidates = ids.flatMap((id, position) => (vocabulary.special.has(id) ? [] : [position]));
  const count = Math.min(candidates.length, Math.max(1, Math.round(candidates.length * share)));
  const positions = stream.sample(candidates, count).sort((a, b) => a - b);
  const masked = [...ids];
  for (const position of positions) {
    const draw = stream.uniform();
    if (draw < REPLACED_BY_MASK) masked[position] = vocabulary.mask;
    else if (draw < REPLACED_BY_MASK + REPLACED_BY_RANDOM) masked[position] = stream.integer(vocabulary.vocabularySize);
  }
  return { ids: masked, predicted: positions.map((position) => ({ position, label: ids[position]! })) };
}
