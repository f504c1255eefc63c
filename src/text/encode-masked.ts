/**
 * Masked sentences as tokens, cut to a length so that both placeholders stay.
 *
 * A sentence is encoded word by word, which gives the same tokens as all at once for both kinds of tokenizer (GPT-2's splits before the space of a
 * word, BERT's at white space) and tells which tokens belong to the words that hold a placeholder.
 */
import { wholeWord } from '../foundation/whole-word.ts';
import { keepRanges, windowAround } from './window.ts';
import type { TokenRange } from './window.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * A sentence's tokens, without special tokens, at most `budget` of them.
 * @param placeholders the two words to keep in view. Where one is missing (a sentence that was edited by hand), the beginning is kept.
 * @param continues whether other words come before the sentence, so that its first word has a space before it as well.
 */
export function encodeMasked(
  tokenizer: Tokenizer,
  text: string,
  placeholders: { head: string; tail: string },
  budget: number,
  continues = false,
): number[] {
  const words = text.trim().split(/\s+/);
  const ids: number[] = [];
  const places = new Map<string, TokenRange>();
  // DRUG does not stand in DRUGN, another entity's mask.
  const wanted = [placeholders.head, placeholders.tail].map((name) => ({ name, pattern: wholeWord(name) }));
  words.forEach((word, index) => {
    const start = ids.length;
    const written = (index > 0 || continues) && tokenizer.kind === 'byte-level-bpe' ? ` ${word}` : word;
    for (const id of tokenizer.encode(written)) ids.push(id);
    for (const { name, pattern } of wanted) {
      if (!places.has(name) && pattern.test(word)) places.set(name, { start, end: ids.length });
    }
  });
  if (ids.length <= budget) return ids;
  const head = places.get(placeholders.head);
  const tail = places.get(placeholders.tail);
  if (!head || !tail) return ids.slice(0, budget);
  // Both in one word ("DRUG/DISEASE"): that word is the window's core.
  const apart = head.start !== tail.start;
  const second = apart ? tail : { start: head.end, end: head.end };
  return keepRanges(ids, windowAround(ids.length, [head, second], budget));
}
