/** The gold sentences that the generator behind a relation's pool learned from, and may so have learned by heart. */
import type { MaskedExample, PreparedCorpus } from './prepared-corpus.ts';

/** `own`: the relation's. `all`: one generator, shared by all relations, learned from every training sentence, those of no relation included. */
export type Learned = 'own' | 'all';

export function learnedFrom(
  { train }: Pick<PreparedCorpus, 'train'>,
  relation: string,
  learned: Learned,
): readonly MaskedExample[] {
  return learned === 'all' ? train : train.filter((example) => example.relation === relation);
}
