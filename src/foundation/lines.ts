/**
 * A text file as a stream of numbered lines.
 *
 * Only LF and CR LF end a line: `node:readline` also breaks at a lone CR and at U+2028, which occur inside texts.
 */
import { UserError } from './errors.ts';
import { readTextChunks } from './text-chunks.ts';

/** Code units of the longest line that is read: a file without line ends would otherwise fill the memory. */
export const LONGEST_LINE = 1 << 24;

/**
 * Yields lines with their numbers from 1, without line ends or byte order mark.
 * @throws UserError when the file cannot be read, is not UTF-8, or a line is longer than `LONGEST_LINE`.
 */
export async function* readLines(path: string): AsyncGenerator<{ text: string; line: number }> {
  let line = 0;
  let pending: string[] = [];
  let pendingLength = 0;
  for await (const chunk of readTextChunks(path)) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      const piece = chunk.slice(start, end);
      const text = pending.length === 0 ? piece : pending.join('') + piece;
      pending = [];
      pendingLength = 0;
      start = end + 1;
      yield { text: withoutCarriageReturn(text), line: ++line };
    }
    if (start < chunk.length) {
      pending.push(chunk.slice(start));
      pendingLength += chunk.length - start;
    }
    if (pendingLength > LONGEST_LINE) {
      throw new UserError(`the line is longer than ${LONGEST_LINE} characters`, {
        where: `${path}:${line + 1}`,
        remedy: 'check that the file has line ends, and is of the format you meant',
      });
    }
  }
  if (pending.length > 0) yield { text: withoutCarriageReturn(pending.join('')), line: ++line };
}

const withoutCarriageReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);
