/**
 * From a document's annotations to sentence-level examples.
 *
 * A document-level corpus says which *concepts* are related somewhere in a document, not which mentions. A candidate
 * is a head and a tail in one sentence; it gets the relation's label when its concepts are related in the document,
 * else null. What counts as one candidate is a choice (`pairs`), since a sentence may name a concept several times
 * and a composite mention names several concepts.
 */
import type { AnnotatedDocument, Annotation, Span } from './document.ts';
import type { Example, Mention } from './example.ts';
import { splitSentences, type SentenceRule } from './sentences.ts';

/**
 * - `mentions`: every pair of a head mention and a tail mention; mentions without a concept take part, and are never
 *   related.
 * - `composites`: one pair for each two different id columns of a sentence, a composite mention (`D1|D2`) being one;
 *   it is related when any of its concepts is.
 * - `concepts`: one pair for each two concepts of a sentence, composite mentions counting once for each of their
 *   concepts.
 *
 * `composites` and `concepts` mark the first two mentions that name the pair and do not overlap, and leave out
 * mentions without a concept and pairs of a concept with itself. With `concepts`, one composite mention can be marked
 * in a related and in an unrelated example of one sentence (12 times on CDR training, 5 on development); `composites`
 * has no such contradictions.
 */
export const PAIRINGS = ['mentions', 'composites', 'concepts'] as const;
export type Pairing = (typeof PAIRINGS)[number];

export interface CandidateOptions {
  /** Type of the mentions that become heads. */
  headType: string;
  /** Type of the mentions that become tails; may equal `headType`: each unordered pair is then taken once, in the
   * direction of its relation, or else in the order of the text. */
  tailType: string;
  pairs: Pairing;
  sentenceRule: SentenceRule;
}

/**
 * Chemical–disease pairs by concept: 3,779 (1,457 positive) on CDR training, the nearest to the paper before
 * negatives are filtered by hypernym.
 */
export const DEFAULT_CANDIDATES: Readonly<CandidateOptions> = {
  headType: 'Chemical',
  tailType: 'Disease',
  pairs: 'concepts',
  sentenceRule: 'plain',
};

/** Why a pair or a relation of the corpus did not become an example. */
export type DropReason =
  /** Mentions of the two types without a concept id (not in `mentions`, where they are kept). */
  | 'mention-without-concept'
  /** Pairs all of whose mentions overlap: one cannot be masked without the other. */
  | 'overlapping-mentions'
  /** Relations of a document whose two concepts share no sentence. */
  | 'relation-across-sentences';

export type DropCounts = Partial<Record<DropReason, number>>;

export interface Candidates {
  examples: Example[];
  sentences: number;
  dropped: DropCounts;
}

/** Two mentions that could become an example, and the key under which they are one candidate. */
interface Pair {
  key: string;
  head: Annotation;
  tail: Annotation;
  headIds: readonly string[];
  tailIds: readonly string[];
}

/** The examples of one document, in the order of its text. Ids are `document:sentence:n`. */
export function candidatesOf(document: AnnotatedDocument, options: CandidateOptions): Candidates {
  const sentences = splitSentences(document.text, {
    rule: options.sentenceRule,
    within: document.passages,
    mentions: document.mentions,
  });
  const relationOf = relationLookup(document, options);
  const examples: Example[] = [];
  const dropped: DropCounts = {};
  const count = (reason: DropReason, by = 1): void => {
    if (by > 0) dropped[reason] = (dropped[reason] ?? 0) + by;
  };
  const met = new Set<string>();

  sentences.forEach((sentence, index) => {
    const mentions = document.mentions.filter(({ start, end }) => start >= sentence.start && end <= sentence.end);
    const usable = (type: string): Annotation[] =>
      mentions.filter((mention) => mention.type === type && (options.pairs === 'mentions' || mention.ids.length > 0));
    const heads = usable(options.headType);
    const tails = usable(options.tailType);
    const ofBothTypes = mentions.filter(({ type }) => type === options.headType || type === options.tailType);
    count(
      'mention-without-concept',
      options.pairs === 'mentions' ? 0 : ofBothTypes.filter(({ ids }) => ids.length === 0).length,
    );

    const text = document.text.slice(sentence.start, sentence.end);
    const chosen = new Map<string, Pair | 'overlapping'>();
    for (const pair of pairsOf(heads, tails, options)) {
      const standing = chosen.get(pair.key);
      if (standing === undefined || standing === 'overlapping') {
        chosen.set(pair.key, overlap(pair.head, pair.tail) ? 'overlapping' : pair);
      }
    }
    for (const pair of chosen.values()) {
      if (pair === 'overlapping') {
        count('overlapping-mentions');
        continue;
      }
      let { head, tail } = pair;
      let relation = relationOf(pair.headIds, pair.tailIds, met);
      if (relation === null && options.headType === options.tailType) {
        relation = relationOf(pair.tailIds, pair.headIds, met);
        if (relation !== null) [head, tail] = [tail, head];
      }
      const others = mentions.filter((mention) => mention !== head && mention !== tail);
      examples.push({
        id: `${document.id}:${index}:${examples.length}`,
        document: document.id,
        text,
        head: placed(head, sentence),
        tail: placed(tail, sentence),
        relation,
        ...(others.length > 0 && { others: others.map((mention) => placed(mention, sentence)) }),
      });
    }
  });
  count(
    'relation-across-sentences',
    new Set(document.relations.map(({ head, tail }) => `${head}\t${tail}`).filter((key) => !met.has(key))).size,
  );
  return { examples, sentences: sentences.length, dropped };
}

/** All pairs of a sentence with their keys, in the order of the heads, then of the tails. */
function* pairsOf(
  heads: readonly Annotation[],
  tails: readonly Annotation[],
  { headType, tailType, pairs }: CandidateOptions,
): Generator<Pair> {
  const oneType = headType === tailType;
  const keyOf = (a: string, b: string): string => (oneType && b < a ? `${b}\t${a}` : `${a}\t${b}`);
  for (const [h, head] of heads.entries()) {
    for (const [t, tail] of tails.entries()) {
      if (oneType && t <= h) continue;
      if (pairs === 'concepts') {
        for (const a of head.ids) {
          for (const b of tail.ids) if (a !== b) yield { key: keyOf(a, b), head, tail, headIds: [a], tailIds: [b] };
        }
        continue;
      }
      const a = head.ids.join('|');
      const b = tail.ids.join('|');
      if (pairs === 'mentions') yield { key: `${h}\t${t}`, head, tail, headIds: head.ids, tailIds: tail.ids };
      else if (a !== b) yield { key: keyOf(a, b), head, tail, headIds: head.ids, tailIds: tail.ids };
    }
  }
}

/**
 * Looks up the relation between any of some head concepts and any of some tail concepts; adds what it finds to `met`.
 * Where the two types differ a relation may be written in either order.
 */
function relationLookup(
  { relations }: AnnotatedDocument,
  { headType, tailType }: CandidateOptions,
): (heads: readonly string[], tails: readonly string[], met: Set<string>) => string | null {
  const byPair = new Map<string, { type: string; key: string }>();
  for (const { type, head, tail } of relations) {
    const key = `${head}\t${tail}`;
    if (!byPair.has(key)) byPair.set(key, { type, key });
    if (headType !== tailType && !byPair.has(`${tail}\t${head}`)) byPair.set(`${tail}\t${head}`, { type, key });
  }
  return (heads, tails, met) => {
    let found: string | null = null;
    for (const head of heads) {
      for (const tail of tails) {
        const relation = byPair.get(`${head}\t${tail}`);
        if (!relation) continue;
        met.add(relation.key);
        found ??= relation.type;
      }
    }
    return found;
  };
}

function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** A document's mention with offsets into one of its sentences. */
function placed({ start, end, type, text }: Annotation, sentence: Span): Mention {
  return { start: start - sentence.start, end: end - sentence.start, type, text };
}
