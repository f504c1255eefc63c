/** Text from tokens: they stand in a row with single spaces between them, and mentions are runs of tokens. */
import type { Mention } from '../example.ts';

export interface JoinedTokens {
  text: string;
  /** The offset in `text` at which each token starts, and one more: the offset after the last, plus one. */
  starts: number[];
}

export function joinTokens(tokens: readonly string[]): JoinedTokens {
  const starts = [0];
  for (const token of tokens) starts.push(starts.at(-1)! + token.length + 1);
  return { text: tokens.join(' '), starts };
}

/** The mention that tokens `start` to `end` (exclusive) make, or what is wrong with the numbers. */
export function tokenMention(
  { text, starts }: JoinedTokens,
  start: number,
  end: number,
  type: string,
): Mention | string {
  const count = starts.length - 1;
  if (start >= end) return `token ${start} is not before token ${end}`;
  if (end > count) return `token ${end - 1} lies beyond the sentence, which has ${count} tokens`;
  const from = starts[start]!;
  const to = starts[end]! - 1;
  if (text.slice(from, to).trim() === '') return `tokens ${start} to ${end - 1} are empty`;
  return { start: from, end: to, type, text: text.slice(from, to) };
}
