/**
 * The gold sentence that a sentence resembles most.
 *
 * Resemblance is that of the search for near-duplicates: pairs of neighbouring words in common, as a part of all (Jaccard). Computed exactly,
 * over an inverted index: only gold sentences with something in common are met, and each by counting.
 */
import { shinglesOf } from '../../corpus/leakage/minhash.ts';
import { Vocabulary } from './words.ts';

export interface GoldNeighbour {
  /** Its place among the gold sentences. */
  index: number;
  /** Pairs of neighbouring words in common, as a part of all: 0 where only single words are. */
  similarity: number;
}

/** Which gold sentences have a feature, and how many features each has. */
interface InvertedIndex {
  holders: Map<number, number[]>;
  sizes: number[];
}

export class NearestGold {
  readonly #vocabulary = new Vocabulary();
  readonly #pairs: InvertedIndex;
  readonly #words: InvertedIndex;

  constructor(gold: readonly string[]) {
    this.#pairs = invertedIndex(gold.map(shinglesOf));
    this.#words = invertedIndex(gold.map((sentence) => new Set(this.#vocabulary.add(sentence))));
  }

  /**
   * The gold sentence with the highest similarity; of several the one with most single words in common (as a part of all), and of
   * these the first.
   * @returns nothing where no gold sentence has a word in common.
   */
  nearest(sentence: string): GoldNeighbour | undefined {
    const similarities = jaccards(this.#pairs, new Set(shinglesOf(sentence)));
    const byWords = jaccards(this.#words, new Set(this.#vocabulary.lookUp(sentence, -1)));
    let best: GoldNeighbour & { byWords: number } = { index: -1, similarity: 0, byWords: 0 };
    for (const [index, words] of byWords.entries()) {
      const similarity = similarities[index]!;
      if (similarity > best.similarity || (similarity === best.similarity && words > best.byWords))
        best = { index, similarity, byWords: words };
    }
    return best.index < 0 ? undefined : { index: best.index, similarity: best.similarity };
  }
}

function invertedIndex(sentences: readonly Iterable<number>[]): InvertedIndex {
  const holders = new Map<number, number[]>();
  const sizes = sentences.map((features, index) => {
    let size = 0;
    for (const feature of features) {
      const known = holders.get(feature);
      if (known) known.push(index);
      else holders.set(feature, [index]);
      size++;
    }
    return size;
  });
  return { holders, sizes };
}

/** By gold sentence: features in common with a set, as a part of all that either has. */
function jaccards({ holders, sizes }: InvertedIndex, features: ReadonlySet<number>): Float64Array {
  const shared = new Float64Array(sizes.length);
  for (const feature of features) for (const index of holders.get(feature) ?? []) shared[index]!++;
  return shared.map((count, index) => (count === 0 ? 0 : count / (sizes[index]! + features.size - count)));
}
