/**
 * A document as corpora annotate it: text, mentions with concept ids, and relations between concepts (not between
 * mentions).
 *
 * Readers of document-level corpora yield this; `candidates.ts` turns it into sentence-level examples.
 */
import type { Mention } from './example.ts';

/** A mention in a document, with the ids of the concepts that it names. */
export interface Annotation extends Mention {
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

export interface AnnotatedDocument {
  id: string;
  text: string;
  /** Title, abstract, …: stretches of `text` that no sentence crosses. */
  passages: readonly { start: number; end: number }[];
  /** In order of `start`, longer ones first. */
  mentions: readonly Annotation[];
  relations: readonly ConceptRelation[];
}
