/**
 * Sentences that stand more than once, and labels that look wrong.
 *
 * To a model two examples are the same when their masked sentences are. Where such have one label they are duplicates; where they
 * have several, one label at least is wrong, or the sentence does not say which relation holds.
 */
import { sha256 } from '../../foundation/hash.ts';
import { ownCopy } from '../../foundation/own-copy.ts';

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

/** A sentence that was met: most are met once, with one label. */
interface Standing {
  /** Of the first example. */
  id: string;
  label: string | null;
  /** Examples with that label. */
  count: number;
  /** Examples with other labels. */
  others?: Map<string | null, number>;
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
      this.#sentences.set(key, { id: ownCopy(id), label, count: 1 });
      return;
    }
    const before = label === standing.label ? standing.count : (standing.others?.get(label) ?? 0);
    const samples = before > 0 ? this.#duplicates : this.#contradictions;
    if (label === standing.label) standing.count++;
    else (standing.others ??= new Map()).set(label, before + 1);
    if (before < 2 && samples.length < SAMPLES) {
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
    for (const { count, others } of this.#sentences.values()) {
      const all = [...(others?.values() ?? [])].reduce((sum, each) => sum + each, count);
      duplicates += all - 1 - (others?.size ?? 0);
      if (!others) continue;
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
