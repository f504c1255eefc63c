/** The placeholders that a relation's sentences have: a pair for each pair of types that it holds between in training data. */
import { placeholdersIn, type Placeholders } from '../corpus/placeholders.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';

/** Those of a relation's gold sentences, the most frequent first. */
export function relationPlaceholders(
  { train, placeholders }: Pick<PreparedCorpus, 'train' | 'placeholders'>,
  relation: string,
): Placeholders[] {
  const counts = new Map<Placeholders, number>();
  for (const { text, relation: own } of train) {
    if (own !== relation) continue;
    const pair = placeholdersIn(text, placeholders);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([pair]) => pair);
}
