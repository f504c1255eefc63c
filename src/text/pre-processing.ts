/**
 * Cutting text into words whose ids do not depend on their neighbours, and the characters where JavaScript and Python's `tokenizers` differ.
 *
 * - Lowercasing: JavaScript writes the Greek sigma at a word's end as ς, `tokenizers` lowercases each character by itself (σ).
 * - Chinese characters beyond the Basic Multilingual Plane: the JavaScript library looks at UTF-16 units and misses them.
 * - White space in GPT-2's pattern: JavaScript's `\s` holds U+FEFF and lacks U+0085; Unicode's White_Space is the other way round.
 */
import type { WordPieceJson } from './tokenizer-json.ts';

/** GPT-2's pre-tokenisation: contractions, words, numbers and the rest, each with the space before it; runs of white space. */
const BYTE_LEVEL_WORD =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The words of GPT-2's pattern; together they are the text. */
export function splitByteLevelWords(text: string): string[] {
  return text.match(BYTE_LEVEL_WORD) ?? [];
}

/**
 * BERT's text between white space. Only the four characters that BERT's cleaning surely keeps as white space are split at; what else
 * separates words is found inside the chunk.
 */
export function splitBertChunks(text: string): string[] {
  return text.match(/[^ \t\n\r]+/g) ?? [];
}

/** The changes that make the JavaScript library's BERT normaliser give what Python's gives. */
export function bertTextFixes(normalizer: WordPieceJson['normalizer']): (text: string) => string {
  const { lowercase, handle_chinese_chars: chinese } = normalizer;
  return (text) => {
    // Nothing to mend in the usual case, which is worth a quick look.
    if (!/[^\0-\u036F]/.test(text)) return text;
    let fixed = text;
    if (chinese)
      fixed = fixed.replaceAll(
        /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu,
        ' $& ',
      );
    if (lowercase) fixed = fixed.replaceAll('Σ', 'σ');
    return fixed;
  };
}
