/**
 * A document as corpora annotate it: text, mentions, and relations.
 *
 * Corpora state relations in three ways, and a document may hold any of them:
 * - between *concepts*, somewhere in the document (CDR): `relations`;
 * - between *mentions*, several labels for one pair if need be (ChemProt, brat): `mentionRelations`;
 * - as a list of *judged pairs*, the unrelated ones included (DDI): `pairs`.
 *
 * Readers of document-level formats yield this; `candidates.ts` turns it into sentence-level examples.
 */
import type { Mention } from './example.ts';

/** A half-open range of UTF-16 code units. */
export interface Span {
  start: number;
  end: number;
}

/** A mention in a document, with the ids of the concepts that it names. */
export interface Annotation extends Omit<Mention, 'concepts'> {
  /** The name by which relations between mentions refer to it, unique in the document; absent where the format has none. */
  id?: string;
  /**
   * Ids of concepts: several for a composite mention ("ocular and auditory toxicity"), none where the annotators
   * found none.
   */
  ids: readonly string[];
}

/** A relation between two concepts, stated somewhere in a document. */
export interface ConceptRelation {
  type: string;
  head: string;
  tail: string;
}

/** A relation between two mentions, by their `id`s. */
export interface MentionRelation {
  type: string;
  head: string;
  tail: string;
  /** A finer name for the relation, where the corpus has two levels (ChemProt: `CPR:3` is the type, `ACTIVATOR` the subtype). */
  subtype?: string;
  /** False where the corpus says that the relation does not count in its evaluation (ChemProt's `N`). */
  evaluated?: boolean;
}

/** Two mentions that annotators judged, by their `id`s: related, or not (null). */
export interface AnnotatedPair {
  id: string;
  head: string;
  tail: string;
  relation: string | null;
}

export interface AnnotatedDocument {
  id: string;
  text: string;
  /** Title, abstract, …: stretches of `text` that no sentence crosses. */
  passages: readonly Span[];
  /** Where the format itself gives sentences: all of them, in order, without surrounding white space. */
  sentences?: readonly Span[];
  /** In order of `start`, longer ones first. */
  mentions: readonly Annotation[];
  relations: readonly ConceptRelation[];
  mentionRelations?: readonly MentionRelation[];
  /** Where the corpus lists every pair that it judged: these pairs and no others are candidates. */
  pairs?: readonly AnnotatedPair[];
}
