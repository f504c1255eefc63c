/**
 * What generated sentences are worth as training material, before any classifier reads them: do they differ from each other, do they say more
 * than gold says, and do they look like gold?
 *
 * Pure functions of masked sentences. All compare with gold, since a figure alone means little: a diversity of 0.4 is low or high
 * as gold's own is.
 */
import { placeholdersIn, placeOfPlaceholder, type Placeholders } from '../../corpus/placeholders.ts';
import { RandomStream } from '../../foundation/random.ts';
import type { TextPerplexity } from '../perplexity.ts';
import { countWords } from '../../text/count-words.ts';
import { distributionOf, wassersteinDistance, type Distribution } from './distributions.ts';
import { diversityOf, type Diversity } from './diversity.ts';
import { GoldText } from './gold-text.ts';
import { NearestGold, type GoldNeighbour } from './nearest-gold.ts';

export interface QualityOptions {
  /** The gold sentences that the generator learned from, where that is not just `gold`: what is new and what was copied is measured against them. */
  learned?: readonly string[];
  /** What stands for head and tail in the sentences and in gold: a pair for each pair of types. */
  placeholders: readonly Placeholders[];
  /** Sentences of each side that diversity is measured on, at most; the same number of both. */
  sample?: number;
  /** Chooses them. */
  seed?: number;
  /** How probable the generator found each sentence before it was fine-tuned, in the sentences' order. */
  perplexities?: readonly TextPerplexity[] | undefined;
}

/** Default of `QualityOptions.sample`. */
export const DIVERSITY_SAMPLE = 500;

/** One sentence beside gold. */
export interface SentenceQuality {
  /** White-space words. */
  words: number;
  /** Words and punctuation marks of the longest stretch that stands in one gold sentence too, placeholders included. */
  longestCopy: number;
  /** These as a part of the sentence: 1 where all of it stands in gold. */
  copiedShare: number;
  /** 4-grams that gold does not have, as a part of all; 1 for a sentence of fewer than four words. */
  novelty: number;
  /** The gold sentence that it resembles most; `null` where no gold sentence has a word in common. */
  nearestGold: GoldNeighbour | null;
  /** Which placeholder comes first; `null` where one is missing. */
  order: 'head-first' | 'tail-first' | null;
  /** exp of the mean negative log-likelihood of a token; `null` where it is not known. */
  perplexity: number | null;
}

/** The measures of a set of sentences. Shares and means of no sentences are `null`. */
export interface Quality {
  sentences: number;
  /** Of `sample` sentences, or as many as the smaller side has. */
  diversity: Diversity;
  goldDiversity: Diversity;
  /** n-grams that gold does not have, as a part of all, for n from 1 to 4. */
  novelty: [number | null, number | null, number | null, number | null];
  longestCopy: Distribution | null;
  copiedShare: Distribution | null;
  /** Similarity of each sentence to its nearest gold sentence, 0 where it has none. */
  nearestGold: Distribution | null;
  /** White-space words. */
  length: Distribution | null;
  goldLength: Distribution | null;
  /** Wasserstein-1 distance of the two distributions of length, in words. */
  lengthDistance: number | null;
  /** Sentences in which the head stands first, as a part of those with both placeholders. */
  headFirst: number | null;
  goldHeadFirst: number | null;
  /** Over sentences; and exp of the mean negative log-likelihood over all tokens. */
  perplexity: (Distribution & { overall: number }) | null;
  /** One for each sentence, in their order. */
  bySentence: SentenceQuality[];
}

/** The longest n-grams whose novelty is measured. */
const LONGEST_NGRAM = 4;

/**
 * Measures sentences against the gold sentences of their relation.
 * @param sentences masked, with the same placeholders as `gold`.
 * @throws RangeError where there are perplexities, and not one for each sentence.
 */
export function measureQuality(
  sentences: readonly string[],
  gold: readonly string[],
  { placeholders, learned = gold, sample = DIVERSITY_SAMPLE, seed = 1, perplexities }: QualityOptions,
): Quality {
  if (perplexities && perplexities.length !== sentences.length)
    throw new RangeError(`${perplexities.length} perplexities for ${sentences.length} sentences`);
  const goldText = new GoldText(learned);
  const goldNeighbours = new NearestGold(learned);
  const counts = Array.from({ length: LONGEST_NGRAM }, () => ({ all: 0, novel: 0 }));

  const bySentence = sentences.map((sentence, index): SentenceQuality => {
    const copies = goldText.copiedFrom(sentence);
    counts.forEach((count, n) => add(count, ngramsOf(copies, n + 1)));
    const { all, novel } = ngramsOf(copies, LONGEST_NGRAM);
    const longestCopy = copies.reduce((most, copy) => Math.max(most, copy), 0);
    const scored = perplexities?.[index];
    return {
      words: countWords(sentence),
      longestCopy,
      copiedShare: copies.length === 0 ? 0 : longestCopy / copies.length,
      novelty: all === 0 ? 1 : novel / all,
      nearestGold: goldNeighbours.nearest(sentence) ?? null,
      order: orderOf(sentence, placeholders),
      perplexity: scored ? perplexityOf([scored]) : null,
    };
  });

  const size = Math.min(sample, sentences.length, gold.length);
  const chosen = (from: readonly string[], name: string): string[] =>
    RandomStream.named(seed, 'diversity', name).sample(from, size);
  const lengths = bySentence.map(({ words }) => words);
  const goldLengths = gold.map(countWords);
  const over = (figure: (each: SentenceQuality) => number): Distribution | null =>
    distributionOf(bySentence.map(figure)) ?? null;
  const [one, two, three, four] = counts.map(({ all, novel }) => (all === 0 ? null : novel / all));
  return {
    sentences: sentences.length,
    diversity: diversityOf(chosen(sentences, 'sentences')),
    goldDiversity: diversityOf(chosen(gold, 'gold')),
    novelty: [one!, two!, three!, four!],
    longestCopy: over(({ longestCopy }) => longestCopy),
    copiedShare: over(({ copiedShare }) => copiedShare),
    nearestGold: over(({ nearestGold }) => nearestGold?.similarity ?? 0),
    length: distributionOf(lengths) ?? null,
    goldLength: distributionOf(goldLengths) ?? null,
    lengthDistance: wassersteinDistance(lengths, goldLengths) ?? null,
    headFirst: headFirstShare(bySentence.map(({ order }) => order)),
    goldHeadFirst: headFirstShare(gold.map((sentence) => orderOf(sentence, placeholders))),
    perplexity: perplexities ? perplexityOver(perplexities) : null,
    bySentence,
  };
}

interface NgramCount {
  all: number;
  novel: number;
}

/** How many n-grams a sentence has, and how many gold has not. @param copies of `GoldText.copiedFrom`. */
function ngramsOf(copies: readonly number[], n: number): NgramCount {
  const all = Math.max(0, copies.length - n + 1);
  let novel = 0;
  for (let start = 0; start < all; start++) if (copies[start]! < n) novel++;
  return { all, novel };
}

function add(sum: NgramCount, { all, novel }: NgramCount): void {
  sum.all += all;
  sum.novel += novel;
}

function orderOf(sentence: string, placeholders: readonly Placeholders[]): SentenceQuality['order'] {
  const { head, tail } = placeholdersIn(sentence, placeholders);
  const [first, second] = [head, tail].map((word) => placeOfPlaceholder(sentence, word));
  if (first === undefined || second === undefined) return null;
  return first < second ? 'head-first' : 'tail-first';
}

function headFirstShare(orders: readonly SentenceQuality['order'][]): number | null {
  const known = orders.filter((order) => order !== null);
  return known.length === 0 ? null : known.filter((order) => order === 'head-first').length / known.length;
}

/** The first token has no probability: it has nothing before it. `null` where no token has one. */
function perplexityOf(texts: readonly TextPerplexity[]): number | null {
  const tokens = texts.reduce((sum, { tokens: count }) => sum + Math.max(0, count - 1), 0);
  const nats = texts.reduce((sum, { negativeLogLikelihood }) => sum + negativeLogLikelihood, 0);
  return tokens === 0 ? null : Math.exp(nats / tokens);
}

function perplexityOver(texts: readonly TextPerplexity[]): Quality['perplexity'] {
  const values = texts.flatMap((text) => perplexityOf([text]) ?? []);
  const distribution = distributionOf(values);
  return distribution ? { ...distribution, overall: perplexityOf(texts)! } : null;
}
