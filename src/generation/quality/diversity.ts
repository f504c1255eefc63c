/**
 * How much the sentences of a set differ from each other.
 *
 * Both measures depend on how many sentences there are (more sentences repeat more): compare sets of one size.
 */
import { NgramNumbering, Vocabulary } from './words.ts';

export interface Diversity {
  /** Sentences measured. */
  sentences: number;
  /**
   * Different n-grams as a part of all, for n = 1, 2, 3, counted over the whole set (Li et al. 2016, *A Diversity-Promoting Objective
   * Function for Neural Conversation Models*). 0 where there are none.
   */
  distinct: [number, number, number];
  /**
   * BLEU-4 of each sentence with all others as its references, averaged (Zhu et al. 2018, *Texygen*): 0 where nothing repeats, 1 where
   * every sentence stands twice. `null` of fewer than two sentences.
   */
  selfBleu: number | null;
}

/** Diversity of a set of sentences, all of them. */
export function diversityOf(sentences: readonly string[]): Diversity {
  const vocabulary = new Vocabulary();
  const words = sentences.map((sentence) => vocabulary.add(sentence));
  const numbering = new NgramNumbering(vocabulary.size);
  const ngrams = words.map((each) => numbering.of(each, ORDER));
  return {
    sentences: sentences.length,
    distinct: [distinctShare(ngrams, 1), distinctShare(ngrams, 2), distinctShare(ngrams, 3)],
    selfBleu: meanSelfBleu(ngrams),
  };
}

/** By sentence, by n − 1: its n-grams. */
type Ngrams = readonly (readonly (readonly number[])[])[];

function distinctShare(ngrams: Ngrams, n: number): number {
  const met = new Set<number>();
  let all = 0;
  for (const levels of ngrams) {
    for (const ngram of levels[n - 1]!) met.add(ngram);
    all += levels[n - 1]!.length;
  }
  return all === 0 ? 0 : met.size / all;
}

/** BLEU's longest n-gram; all four have equal weights. */
const ORDER = 4;
/** Stands for a number of matches of 0: "smoothing 1" of Chen & Cherry 2014, with the ε of NLTK. */
const EPSILON = 0.1;

/**
 * The most that an n-gram occurs in one sentence, and the most that it occurs in another than that: what a sentence's own n-grams
 * are clipped at when it is left out of its references.
 */
interface Most {
  count: number;
  sentence: number;
  countElsewhere: number;
}

/** Leave-one-out BLEU in time linear in the words. */
function meanSelfBleu(ngrams: Ngrams): number | null {
  if (ngrams.length < 2) return null;
  const counts = ngrams.map((levels) => levels.map(countsOf));
  const most = Array.from({ length: ORDER }, () => new Map<number, Most>());
  counts.forEach((levels, sentence) => {
    levels.forEach((level, n) => {
      for (const [ngram, count] of level) {
        const known = most[n]!.get(ngram);
        if (!known) most[n]!.set(ngram, { count, sentence, countElsewhere: 0 });
        else if (count > known.count) most[n]!.set(ngram, { count, sentence, countElsewhere: known.count });
        else if (count > known.countElsewhere) known.countElsewhere = count;
      }
    });
  });
  const lengths = ngrams.map(([words]) => words!.length);
  const sorted = [...lengths].sort((a, b) => a - b);
  let sum = 0;
  counts.forEach((levels, sentence) => {
    let logarithms = 0;
    for (let n = 0; n < ORDER; n++) {
      let matches = 0;
      for (const [ngram, count] of levels[n]!) {
        const { sentence: holder, count: highest, countElsewhere } = most[n]!.get(ngram)!;
        matches += Math.min(count, holder === sentence ? countElsewhere : highest);
      }
      // Without a common word BLEU is 0, smoothed or not.
      if (n === 0 && matches === 0) return;
      logarithms += Math.log((matches || EPSILON) / Math.max(1, ngrams[sentence]![n]!.length)) / ORDER;
    }
    const length = lengths[sentence]!;
    const reference = closestOther(sorted, length);
    sum += Math.exp(logarithms + (length > reference ? 0 : 1 - reference / length));
  });
  return sum / ngrams.length;
}

function countsOf(ngrams: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const ngram of ngrams) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  return counts;
}

/** The length nearest to one of the ascending lengths, that one itself left out once; the shorter of two as near. */
function closestOther(sorted: readonly number[], length: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < length) low = middle + 1;
    else high = middle;
  }
  const [below, above] = [sorted[low - 1], sorted[low + 1]];
  if (below === undefined) return above!;
  if (above === undefined) return below;
  return above - length < length - below ? above : below;
}
