/**
 * Which entity types a corpus relates: the pairs of types that become candidates where the user names none.
 */
import type { AnnotatedDocument, Annotation } from '../document.ts';
import type { CorpusItem } from '../readers/reader.ts';
import type { TypePair } from './rules.ts';

/**
 * The type pairs of a corpus's relations, most frequent first; `any` where it relates nothing, or needs none as it
 * lists its pairs. Reads no further than it must.
 * @param directed whether `A`–`B` and `B`–`A` are two pairs of types; else the more frequent order stands for both.
 */
export async function surveyTypes(items: AsyncIterable<CorpusItem>, directed: boolean): Promise<TypePair[] | 'any'> {
  const counts = new Map<string, { pair: TypePair; count: number }>();
  for await (const item of items) {
    if (item.kind === 'example' || item.document.pairs) return 'any';
    for (const pair of relatedTypes(item.document)) {
      const key = `${pair.head}\t${pair.tail}`;
      counts.set(key, { pair, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  const byFrequency = [...counts.values()].sort((a, b) => b.count - a.count).map(({ pair }) => pair);
  const pairs = byFrequency.filter(
    ({ head, tail }, i) =>
      directed || !byFrequency.slice(0, i).some((earlier) => earlier.head === tail && earlier.tail === head),
  );
  return pairs.length > 0 ? pairs : 'any';
}

/** The types of head and tail of each of a document's relations. */
function* relatedTypes({ mentions, relations, mentionRelations = [] }: AnnotatedDocument): Generator<TypePair> {
  const byId = new Map<string, Annotation>();
  const byConcept = new Map<string, Annotation>();
  for (const mention of mentions) {
    if (mention.id !== undefined) byId.set(mention.id, mention);
    for (const id of mention.ids) if (!byConcept.has(id)) byConcept.set(id, mention);
  }
  const typed = (head: Annotation | undefined, tail: Annotation | undefined): TypePair[] =>
    head && tail ? [{ head: head.type, tail: tail.type }] : [];
  for (const { head, tail } of relations) yield* typed(byConcept.get(head), byConcept.get(tail));
  for (const { head, tail } of mentionRelations) yield* typed(byId.get(head), byId.get(tail));
}
