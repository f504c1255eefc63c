/** The longest stretch of a sentence that stands word for word in one gold sentence, to be shown. */
import { wordsOf } from '../../generation/quality/words.ts';

/** `text.slice(start, end)` was copied. */
export interface CopiedSpan {
  readonly start: number;
  readonly end: number;
  readonly words: number;
}

/** The span, the first of the longest; undefined where not a word is gold's. */
export function copiedSpan(text: string, gold: readonly string[]): CopiedSpan | undefined {
  const places = placesOf(text);
  const words = wordsOf(text);
  const goldWords = gold.map(wordsOf);
  let best = { start: 0, length: 0 };
  for (let start = 0; start + best.length < words.length; start++) {
    for (const sentence of goldWords) {
      for (let at = sentence.indexOf(words[start]!); at >= 0; at = sentence.indexOf(words[start]!, at + 1)) {
        let length = 1;
        while (start + length < words.length && words[start + length] === sentence[at + length]) length++;
        if (length > best.length) best = { start, length };
      }
    }
  }
  if (best.length === 0) return undefined;
  return { start: places[best.start]!.start, end: places[best.start + best.length - 1]!.end, words: best.length };
}

/** Where each word of `wordsOf` stands. A word's lower case may be longer than itself, so it is looked for in the text as it is. */
function placesOf(text: string): { start: number; end: number }[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}_$]+|[^\s\p{L}\p{N}\p{M}_$]/gu)].map(({ index, 0: word }) => ({
    start: index,
    end: index + word.length,
  }));
}
