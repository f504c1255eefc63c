/** The longest stretch of a sentence that stands word for word in one gold sentence, to be shown. */
import type { GoldText } from '../../generation/quality/gold-text.ts';
import { wordPlaces } from '../../generation/quality/words.ts';

/** `text.slice(start, end)` was copied. */
export interface CopiedSpan {
  readonly start: number;
  readonly end: number;
  readonly words: number;
}

/** The span, the first of the longest; undefined where not a word is gold's. */
export function copiedSpan(text: string, gold: GoldText): CopiedSpan | undefined {
  const copies = gold.copiedFrom(text);
  const words = Math.max(0, ...copies);
  if (words === 0) return undefined;
  const first = copies.indexOf(words);
  const places = wordPlaces(text);
  return { start: places[first]!.start, end: places[first + words - 1]!.end, words };
}
