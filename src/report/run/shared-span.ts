/** The longest stretch of words that two sentences have in common, to be marked in both. */
import { wordPlaces, wordsOf } from '../../generation/quality/words.ts';

/** `text.slice(start, end)` of a sentence. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface SharedSpan {
  readonly words: number;
  /** Where it stands in the first sentence, and in the second. */
  readonly places: readonly [Span, Span];
}

/** The first of the longest, whatever its case and spacing; undefined where the two have no word in common. */
export function sharedSpan(first: string, second: string): SharedSpan | undefined {
  const [words, others] = [wordsOf(first), wordsOf(second)];
  let longest = { words: 0, end: 0, otherEnd: 0 };
  // By places in the second sentence: how many words up to there are also the last words up to here in the first.
  let before: number[] = [];
  for (const [end, word] of words.entries()) {
    const here = others.map((other, otherEnd) => (other === word ? (before[otherEnd - 1] ?? 0) + 1 : 0));
    for (const [otherEnd, common] of here.entries()) {
      if (common > longest.words) longest = { words: common, end, otherEnd };
    }
    before = here;
  }
  const { words: count, end, otherEnd } = longest;
  if (count === 0) return undefined;
  return { words: count, places: [spanOf(first, end, count), spanOf(second, otherEnd, count)] };
}

/** Of so many words, the last of which is the given one. */
function spanOf(text: string, last: number, words: number): Span {
  const places = wordPlaces(text);
  return { start: places[last - words + 1]!.start, end: places[last]!.end };
}
