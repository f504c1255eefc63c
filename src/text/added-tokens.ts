/**
 * Finding added tokens in a text, by the rules of Hugging Face's `tokenizers`: the leftmost match wins, the longest among those that
 * start there; a `single_word` token counts only between characters that are no part of a word; `lstrip`/`rstrip` take the white space
 * beside the token with it.
 */
import type { AddedToken } from './tokenizer-json.ts';

/** A stretch of text between added tokens, or the id of an added token. */
export type Segment = string | number;

/** A character of a word, as `\w` of Rust's regular expressions has it. */
const WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** The splitter of a set of added tokens; `undefined` when there are none to look for. */
export function addedTokenSplitter(tokens: readonly AddedToken[]): ((text: string) => Segment[]) | undefined {
  if (tokens.length === 0) return undefined;
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  // Alternatives are tried in order, so longest first is longest match.
  const contents = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(contents.map((content) => escapeForPattern(content)).join('|'), 'g');
  return (text) => {
    const segments: Segment[] = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index < end) continue;
      const token = byContent.get(match[0])!;
      let from = match.index;
      let to = from + match[0].length;
      if (token.single_word && (isWordCharacterBefore(text, from) || isWordCharacterAt(text, to))) continue;
      if (token.lstrip) from = end + text.slice(end, from).trimEnd().length;
      if (token.rstrip) to = text.length - text.slice(to).trimStart().length;
      if (from > end) segments.push(text.slice(end, from));
      segments.push(token.id);
      end = to;
    }
    if (end < text.length) segments.push(text.slice(end));
    return segments;
  };
}

function escapeForPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function isWordCharacterAt(text: string, index: number): boolean {
  const point = text.codePointAt(index);
  return point !== undefined && WORD_CHARACTER.test(String.fromCodePoint(point));
}

function isWordCharacterBefore(text: string, index: number): boolean {
  // The last character may be a surrogate pair.
  const last = /.$/su.exec(text.slice(Math.max(0, index - 2), index))?.[0];
  return last !== undefined && WORD_CHARACTER.test(last);
}
