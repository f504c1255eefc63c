/**
 * Sentences that stand more than once, and labels that look wrong.
 *
 * To a model two examples are the same when their masked sentences are. Where such have one label they are duplicates; where they
 * have several, one label at least is wrong, or the sentence does not say which relation holds.
 */
import { sha256 } from '../../foundation/hash.ts';

/** A masked sentence of several examples. */
export interface SharedSentence {
  text: string;
  /** Ids of the first example and of the one that showed it to be shared. */
  ids: [string, string];
  labels: [string | null, string | null];
}

export interface SharedSentences {
  /** Examples whose sentence and label an earlier example has. */
  duplicates: { examples: number; samples: SharedSentence[] };
  /** Sentences with several labels, and the examples that have them. */
  contradictions: { sentences: number; examples: number; samples: SharedSentence[] };
}

/** Samples kept of each kind. */
const SAMPLES = 10;

interface Standing {
  id: string;
  label: string | null;
  counts: Map<string | null, number>;
}

/** Collects sentences; holds a hash and an id of each. */
export class SharedSentenceCount {
  readonly #sentences = new Map<string, Standing>();
  readonly #duplicates: SharedSentence[] = [];
  readonly #contradictions: SharedSentence[] = [];

  /** @param text the masked sentence. */
  add(id: string, text: string, label: string | null): void {
    const key = sha256(text).slice(0, 16);
    const standing = this.#sentences.get(key);
    if (!standing) {
      this.#sentences.set(key, { id, label, counts: new Map([[label, 1]]) });
      return;
    }
    const { counts } = standing;
    const samples = counts.has(label) ? this.#duplicates : this.#contradictions;
    const isFirst = counts.get(label) === 1 || !counts.has(label);
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (isFirst && samples.length < SAMPLES) {
      samples.push({
        text,
        ids: [standing.id, id],
        labels: [samples === this.#duplicates ? label : standing.label, label],
      });
    }
  }

  result(): SharedSentences {
    let duplicates = 0;
    let sentences = 0;
    let examples = 0;
    for (const { counts } of this.#sentences.values()) {
      const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
      duplicates += all - counts.size;
      if (counts.size < 2) continue;
      sentences++;
      examples += all;
    }
    return {
      duplicates: { examples: duplicates, samples: this.#duplicates },
      contradictions: { sentences, examples, samples: this.#contradictions },
    };
  }
}

/** With fewer examples, a relation can hardly be learned, or scored. */
const FEW = 10;

export interface LabelProblems {
  /** Relations whose names differ in case, blanks or punctuation alone. */
  alike: string[][];
  /** Relations with fewer than 10 examples. */
  rare: string[];
}

/** What looks wrong with the names of the relations. @param counts examples by relation. */
export function labelProblems(counts: Readonly<Record<string, number>>): LabelProblems {
  const byFolded = new Map<string, string[]>();
  for (const name of Object.keys(counts)) {
    const folded = name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
    byFolded.set(folded, [...(byFolded.get(folded) ?? []), name]);
  }
  return {
    alike: [...byFolded.values()].filter((names) => names.length > 1),
    rare: Object.keys(counts).filter((name) => counts[name]! < FEW),
  };
}
