/**
 * The rules by which pairs of mentions become examples, or are dropped.
 *
 * `CandidateRules` are complete and concrete. Users give them in part (`settings.ts`); what they leave open follows
 * from how the corpus states its relations, document by document (`pairs`, `sameEntity`, `sentences`).
 */
import type { MeshTree } from './mesh-tree.ts';

/** Entity types of a head and a tail. */
export interface TypePair {
  head: string;
  tail: string;
}

/**
 * - `listed`: the pairs that annotators judged, and no others (DDI).
 * - `mentions`: every head mention with every tail mention.
 * - `composites`: one pair for each two different id columns, a composite mention (`D1|D2`) being one; it is related
 *   when any of its concepts is.
 * - `concepts`: one pair for each two concepts, composite mentions counting once for each of their concepts.
 *
 * `composites` and `concepts` mark the first two mentions that name the pair and can be masked apart, and leave out
 * mentions without a concept. With `concepts`, one composite mention can be marked in a related and in an unrelated
 * example of one sentence (12 times on CDR training, 5 on development); `composites` has no such contradictions.
 */
export const PAIRINGS = ['listed', 'mentions', 'composites', 'concepts'] as const;
export type Pairing = (typeof PAIRINGS)[number];

/** Where sentences begin and end: as the format says, or by a rule of `sentences.ts`. */
export const SENTENCE_SOURCES = ['given', 'plain', 'unicode'] as const;
export type SentenceSource = (typeof SENTENCE_SOURCES)[number];

export const KEEP_OR_DROP = ['keep', 'drop'] as const;
export type KeepOrDrop = (typeof KEEP_OR_DROP)[number];

/** `auto` stands for what suits the corpus. */
export const AUTO = 'auto';
export type Auto = typeof AUTO;

export interface CandidateRules {
  /** Types of heads and tails, one pair or several. Listed pairs need none: `any` takes them as they are. */
  types: readonly TypePair[] | 'any';
  /**
   * A relation holds from its head to its tail alone: two mentions are a pair in both orders where the types allow it.
   * Otherwise each two mentions are one pair, related whichever way round the relation is written; where both
   * have one type, the earlier mention is the head.
   */
  directed: boolean;
  /** `auto`: as listed where the document lists pairs, by mention where it relates mentions, else by concept. */
  pairs: Pairing | Auto;
  /** Both mentions lie within this many sentences that follow each other. */
  window: number;
  /** `auto`: as given by the format, else `plain`. */
  sentences: SentenceSource | Auto;
  /** Pairs whose mentions share words. `auto`: dropped, unless the corpus marks its pairs itself. */
  overlapping: KeepOrDrop | Auto;
  /** Pairs where one mention lies in the other. `auto` as with `overlapping`. */
  nested: KeepOrDrop | Auto;
  /** Pairs with a mention in pieces. */
  discontinuous: KeepOrDrop;
  /** Unrelated pairs whose mentions name one entity: one concept, or the same words. `auto`: dropped unless listed. */
  sameEntity: KeepOrDrop | Auto;
  /** The tree by which unrelated pairs with a broader concept than a related pair are dropped; none keeps them. */
  meshTree: MeshTree | undefined;
  /** Whose broader concepts are dropped. */
  hypernyms: 'head' | 'tail' | 'both';
  /** Relations that count; `auto`: all but those that the corpus leaves out of its evaluation. */
  relations: readonly string[] | Auto;
  /** Pairs that have only relations that do not count. */
  otherRelations: 'null' | 'drop';
  /** Pairs with several relations that count: an example with the first, an example for each, or none. */
  severalRelations: 'first' | 'each' | 'drop';
}
