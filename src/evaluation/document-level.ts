/**
 * Scores of whole documents: which relations between concepts does a document state?
 *
 * This is CDR's own unit of evaluation: a fact is (document, relation, head concept, tail concept), found or not,
 * however many sentences say it. Gold facts that no single sentence holds count too: a classifier of sentences cannot
 * find them, and its recall says so.
 */
import type { DocumentFact } from '../corpus/facts.ts';
import type { DocumentCounts } from './bootstrap.ts';
import { precisionRecallOf, type Label, type PrecisionRecall } from './scores.ts';

/** A sentence-level example, with the concepts that its mentions name (several for a composite mention). */
export interface ConceptExample {
  readonly document: string;
  readonly heads: readonly string[];
  readonly tails: readonly string[];
}

/** The gold data of documents. */
export interface DocumentGold {
  readonly facts: readonly DocumentFact[];
  /** All documents that are scored, those without facts too. */
  readonly documents: readonly string[];
  /** Whether a fact with head and tail exchanged is another one. */
  readonly directed: boolean;
}

/** The facts that labels of examples state: each combination of the concepts named. */
export function factsOf(examples: readonly ConceptExample[], labels: readonly Label[]): DocumentFact[] {
  if (examples.length !== labels.length) throw new RangeError(`${examples.length} examples, ${labels.length} labels`);
  return examples.flatMap(({ document, heads, tails }, i) => {
    const relation = labels[i];
    if (relation === null || relation === undefined) return [];
    return heads.flatMap((head) => tails.map((tail) => ({ document, relation, head, tail })));
  });
}

/** Counts facts, document by document, in the order of `documents`; those of other documents do not count. */
export function countFacts(predicted: readonly DocumentFact[], gold: DocumentGold): DocumentCounts {
  const places = new Map(gold.documents.map((document, place) => [document, place]));
  const keys = (facts: readonly DocumentFact[]): Map<string, number> =>
    new Map(
      facts.flatMap((fact) => {
        const place = places.get(fact.document);
        return place === undefined ? [] : [[keyOf(fact, gold.directed), place] as const];
      }),
    );
  const counts = {
    correct: new Int32Array(gold.documents.length),
    predicted: new Int32Array(gold.documents.length),
    gold: new Int32Array(gold.documents.length),
  };
  const goldKeys = keys(gold.facts);
  for (const place of goldKeys.values()) counts.gold[place]!++;
  for (const [key, place] of keys(predicted)) {
    counts.predicted[place]!++;
    if (goldKeys.has(key)) counts.correct[place]!++;
  }
  return counts;
}

/** Precision, recall and F1 over all facts. */
export function scoreCounts(counts: DocumentCounts): PrecisionRecall {
  const sum = (values: Int32Array): number => values.reduce((total, value) => total + value, 0);
  return precisionRecallOf(sum(counts.correct), sum(counts.predicted), sum(counts.gold));
}

function keyOf({ document, relation, head, tail }: DocumentFact, directed: boolean): string {
  const concepts = directed ? [head, tail] : [head, tail].sort();
  return JSON.stringify([document, relation, ...concepts]);
}
