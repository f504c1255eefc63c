/**
 * Facts: what documents say of concepts, whatever the sentence.
 *
 * Some corpora state relations between concepts somewhere in a document (CDR). Examples are sentences; the facts are kept
 * beside them, so that predictions can be scored by the corpus's own unit, with the facts that no sentence holds.
 */
import { AUTO, type CandidateRules } from './candidates/rules.ts';
import type { AnnotatedDocument } from './document.ts';
import type { Split } from './example.ts';

/** A relation between two concepts that a document states. */
export interface DocumentFact {
  readonly document: string;
  readonly relation: string;
  readonly head: string;
  readonly tail: string;
}

/** The facts of a corpus's documents. */
export interface CorpusFacts {
  readonly facts: readonly DocumentFact[];
  /** Every document, those without facts too, with its split where it has one. */
  readonly documents: ReadonlyMap<string, Split | undefined>;
  /** Whether a fact with head and tail exchanged is another one. */
  readonly directed: boolean;
}

/** Collects the facts while a corpus is read. */
export class FactLog {
  readonly #facts: DocumentFact[] = [];
  readonly #documents = new Map<string, Split | undefined>();

  add({ id, relations }: AnnotatedDocument, split: Split | undefined, rules: Pick<CandidateRules, 'relations'>): void {
    this.#documents.set(id, split);
    for (const { type, head, tail } of relations) {
      if (rules.relations !== AUTO && !rules.relations.includes(type)) continue;
      this.#facts.push({ document: id, relation: type, head, tail });
    }
  }

  /** Undefined where no document states any. */
  facts({ directed }: Pick<CandidateRules, 'directed'>): CorpusFacts | undefined {
    return this.#facts.length > 0 ? { facts: this.#facts, documents: this.#documents, directed } : undefined;
  }
}
